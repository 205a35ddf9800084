"""A triple works for one person only."""

from collections.abc import Iterator

from crreg.facts.model import Facts
from crreg.facts.questions import absence_known, complete, stored_parts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.levels import Level
from crreg.remedies.commands import set_secret, unassign_secret
from crreg.remedies.wording import needed_by
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple."""
    if not absence_known(facts):
        return
    for triple in facts.triples:
        holdings = [holding for part in triple.parts.values() for holding in part.holdings]
        if complete(triple) and all(holding.level is Level.USER for holding in holdings):
            yield RULE.of_triple(
                facts,
                triple,
                f"The secrets of {triple.identifier} are in your own account: nobody else's codespaces get them."
                + needed_by(facts, triple.server),
                steps(
                    "If others work on this repository, set them for everybody; enter each value when prompted:",
                    *(set_secret(facts, part.name, Level.REPOSITORY) for part in stored_parts(triple)),
                    "Then remove this repository from your own secrets, so that none hides another:",
                    *(unassign_secret(facts, part.name, Level.USER) for part in stored_parts(triple)),
                ),
            )


RULE = Rule(
    "user-level-only",
    Severity.WARNING,
    Effect.UNPROVEN,
    "A triple is stored at user level only, so it works for one person.",
    "Set its secrets for the repository or the organization.",
    check,
)
