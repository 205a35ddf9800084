"""A level is nearly full."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.inventory import LevelStatus
from crreg.remedies.commands import settings_page
from crreg.remedies.wording import name_of
from crreg.rules.rule import Rule

MOST_SECRETS = 100
"""Codespaces secrets in one store, at most."""
_NEARLY = 95


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per level."""
    for level in facts.inventory.levels if facts.inventory else ():
        count = len(level.secrets)
        if level.status is LevelStatus.LISTED and count >= _NEARLY:
            yield RULE.finding(
                f"The {name_of(level.level)} level holds {count} of at most {MOST_SECRETS} Codespaces secrets.",
                steps(settings_page(facts, level.level, "Delete the ones that are not needed here")),
                about=(level.level,),
            )


RULE = Rule(
    "secret-limit",
    Severity.WARNING,
    Effect.HYGIENE,
    "A level has 95 or more Codespaces secrets, and GitHub allows 100.",
    "Delete the secrets that nothing needs anymore.",
    check,
)
