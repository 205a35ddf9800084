"""A secret exists, but is not assigned to this repository."""

from collections.abc import Iterator, Sequence

from crreg.facts.model import Facts, by_key
from crreg.facts.questions import StoredPart, needed, unassigned_parts
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.github.levels import Level
from crreg.printable import quoted
from crreg.remedies.commands import assign_secret, set_secret, settings_page
from crreg.remedies.wording import listing, needed_by
from crreg.rules.rule import Rule


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, with all parts that are not assigned."""
    for triple in facts.triples:
        parts = unassigned_parts(facts, triple)
        if parts:
            here = quoted(facts.repository or "this repository")
            reasons = by_key((_reason(part, here), part) for part in parts)
            necessary = needed(facts, triple)
            yield RULE.of_triple(
                facts,
                triple,
                " ".join(_message(reason, alike) for reason, alike in reasons.items())
                + (needed_by(facts, triple.server) if necessary else " No image found here needs it."),
                steps(*(step for alike in reasons.values() for step in _remedy(facts, alike))),
                effect=None if necessary else Effect.HYGIENE,
                about=tuple(part.name for part in parts),
            )


def _reason(part: StoredPart, here: str) -> str:
    if part.holding.level is Level.USER:
        return f"stored in your account, whose settings do not give {here} access"
    if part.holding.visibility == "private":
        return f"stored in the organization for private repositories only, and {here} is public"
    return f"stored in the organization for selected repositories, and {here} is not one of them"


def _message(reason: str, parts: Sequence[StoredPart]) -> str:
    names = listing(part.name for part in parts)
    return f"{names} {'is' if len(parts) == 1 else 'are'} {reason}."


def _remedy(facts: Facts, parts: Sequence[StoredPart]) -> Remedy:
    level = parts[0].holding.level
    if parts[0].holding.visibility == "private":
        return steps(
            "Paste this to set them for this repository itself, and enter each value when prompted:",
            *(set_secret(facts, part.name) for part in parts),
            settings_page(facts, level, "Or widen the repository access of each here"),
        )
    return steps(
        "Paste this to give this repository access:",
        *(assign_secret(facts, part.name, level) for part in parts),
        settings_page(facts, level, "Or add it under Repository access of each secret here"),
    )


RULE = Rule(
    "not-assigned",
    Severity.ERROR,
    Effect.STOPS,
    "A secret of the organization or the user is not assigned to this repository.",
    "Add the repository to the secret's repository access.",
    check,
)
