"""A secret exists, but codespaces of this repository do not get it."""

from collections.abc import Iterator

from crreg.facts import Facts
from crreg.findings import Finding, Severity
from crreg.github.inventory import Level
from crreg.rules.place import listing, place_of, uses
from crreg.rules.plain import quoted
from crreg.rules.remedies import assign_secret, set_secret, settings_page, steps
from crreg.rules.rule import Rule
from crreg.rules.standing import StoredPart, needed, unassigned_parts


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple, with all parts that are out of reach."""
    for triple in facts.triples:
        parts = unassigned_parts(facts, triple)
        if parts:
            necessary = needed(facts, triple)
            yield RULE.finding(
                _message(facts, parts)
                + (uses(facts, triple.server) if necessary else " No image found here needs it."),
                steps(*(line for part in parts for line in _remedy(facts, part))),
                severity=None if necessary else Severity.WARNING,
                triple=triple.identifier,
                registry=triple.server,
                location=place_of(facts, triple),
            )


def _message(facts: Facts, parts: tuple[StoredPart, ...]) -> str:
    here = quoted(facts.repository or "this repository")
    reasons: dict[str, list[str]] = {}
    for part in parts:
        reasons.setdefault(_reason(part, here), []).append(part.name)
    return " ".join(
        f"{_owner(names)} {listing(names)} {'exists' if len(names) == 1 else 'exist'}, but {reason}."
        for reason, names in reasons.items()
    )


def _owner(names: list[str]) -> str:
    return "The secret" if len(names) == 1 else "The secrets"


def _reason(part: StoredPart, here: str) -> str:
    if part.holding.level is Level.USER:
        return f"your account's Codespaces settings do not give it to {here}"
    if part.holding.visibility == "private":
        return f"the organisation gives it to private repositories only, and {here} is public"
    return f"the organisation gives it to selected repositories only, and {here} is none of them"


def _remedy(facts: Facts, part: StoredPart) -> tuple[str, ...]:
    level = part.holding.level
    page = settings_page(facts, level)
    if part.holding.visibility == "private":
        return (
            f"Set {part.name} for this repository itself:",
            set_secret(facts, part.name),
            f"or widen its repository access in {page}",
        )
    return (
        f"Give {part.name} to this repository too:",
        assign_secret(facts, part.name, level),
        f"or add it to the secret's repository access in {page}",
    )


RULE = Rule(
    "not-assigned",
    Severity.ERROR,
    "A secret of the organisation or the user is not given to this repository.",
    "Add the repository to the secret's repository access.",
    check,
)
