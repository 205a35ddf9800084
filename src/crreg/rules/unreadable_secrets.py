"""The token may not list the Codespaces secrets of a level."""

from collections.abc import Iterator

from crreg.facts import Facts
from crreg.findings import Effect, Finding, Severity
from crreg.github.inventory import LevelInventory, LevelStatus
from crreg.plain import plain, sentence
from crreg.rules.levels import name_of
from crreg.rules.remedies import INDENT, steps
from crreg.rules.rule import Rule
from crreg.rules.standing import absence_known, kept_by_repository, needs_secrets

_UNKNOWN = frozenset({LevelStatus.UNREADABLE, LevelStatus.UNREACHABLE})
_NOT_JUDGED = "Whether a secret is missing or not assigned was not judged."
_GRANT = "Give crreg a personal access token or a GitHub App token that may list them"


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a level; one in all where GitHub, or the repository, could not be asked."""
    inventory = facts.inventory
    if inventory is None:
        if needs_secrets(facts):
            reason = sentence(facts.inventory_reason or "GitHub was not asked")
            yield RULE.finding(
                f"Which Codespaces secrets exist is not known: {reason} {_NOT_JUDGED}",
                steps(
                    f"{_GRANT}: in a workflow as the input token, in a terminal so, for example:",
                    f'{INDENT}export GITHUB_TOKEN="$(gh auth token)"',
                ),
            )
    elif inventory.repository is None:
        yield RULE.finding(
            f"The repository's Codespaces secrets could not be read: {sentence(inventory.detail)} {_NOT_JUDGED}",
            "Run the check again if GitHub could not be reached. Else see that the repository's name is right, and "
            'that the token may read it and list its secrets (repository permission "Codespaces secrets").',
        )
    else:
        for level in inventory.levels:
            if level.status in _UNKNOWN:
                yield _level(facts, level)


def _level(facts: Facts, level: LevelInventory) -> Finding:
    known = absence_known(facts) or kept_by_repository(facts)
    consequence = "" if known else f" {_NOT_JUDGED}"
    remedy = (
        "Run the check again; GitHub could not be reached."
        if level.status is LevelStatus.UNREACHABLE
        else f"{_GRANT}. It needs {plain(level.permission or 'the permission to list Codespaces secrets')}."
    )
    return RULE.finding(
        f"The Codespaces secrets of the {name_of(level.level)} could not be listed: "
        f"{sentence(level.detail)}{consequence}",
        remedy,
        effect=Effect.HYGIENE if known or not needs_secrets(facts) else None,
    )


RULE = Rule(
    "unreadable-secrets",
    Severity.WARNING,
    Effect.UNPROVEN,
    "The token may not list the Codespaces secrets of a level.",
    "Give crreg a token with the permission that the finding names.",
    check,
)
