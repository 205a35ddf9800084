"""A triple, or a part of it, works for one person only."""

from collections.abc import Iterator, Sequence

from crreg.facts.model import Facts, TripleFact
from crreg.facts.questions import StoredPart, absence_known, complete, needed, own_parts, stored_parts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Command, Shell, steps
from crreg.github.levels import Level
from crreg.remedies.commands import set_secret, set_secret_like, unassign_secret
from crreg.remedies.wording import listing, needed_by
from crreg.rules.rule import Rule
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple."""
    if not absence_known(facts):
        return
    for triple in facts.triples:
        own = own_parts(triple)
        if not own or not complete(triple):
            continue
        yield RULE.of_triple(
            facts,
            triple,
            _message(triple, own) + needed_by(facts, triple.server),
            steps(
                "If others work on this repository, set them for everybody; enter each value when prompted:",
                *_for_everybody(facts, triple, own),
                "Then remove this repository from your own secrets, so that none hides another:",
                *(unassign_secret(facts, part.name, Level.USER) for part in own),
            ),
            effect=None if needed(facts, triple) else Effect.HYGIENE,
        )


def _message(triple: TripleFact, own: Sequence[StoredPart]) -> str:
    if len(own) == len(Part):
        what = f"The secrets of {triple.identifier} are in your own account"
    else:
        names = listing(part.name for part in own)
        what = f"{names} {'is' if len(own) == 1 else 'are'} in your own account only"
    return f"{what}: nobody else's codespaces get {'it' if len(own) == 1 else 'them'}."


def _for_everybody(facts: Facts, triple: TripleFact, own: Sequence[StoredPart]) -> Iterator[Command | Shell]:
    """Yield the commands that store the parts where the others are, or in the repository if there are none."""
    other = next((part for part in stored_parts(triple) if part not in own), None)
    for part in own:
        if other is None:
            yield set_secret(facts, part.name, Level.REPOSITORY)
        else:
            yield set_secret_like(facts, part.name, other.name, other.holding)


RULE = Rule(
    "user-level-only",
    Severity.WARNING,
    Effect.UNPROVEN,
    "A triple, or a part of it, is stored at user level only, so it works for one person.",
    "Set its secrets for the repository or the organization.",
    check,
)
