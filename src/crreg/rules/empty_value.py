"""The caller passes only some of a triple's values; the others are empty or not passed."""

from collections.abc import Iterator

from crreg.facts.model import Facts, MisnamedSecret, TripleFact
from crreg.facts.questions import secret_name
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Remedy, steps
from crreg.printable import quoted
from crreg.remedies.commands import environment, export, set_for_actions
from crreg.remedies.wording import listing, place_of
from crreg.rules.rule import Rule
from crreg.triple import Part, parse_name


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple that is passed in part, and one for each value under a nearly right name."""
    misnamed = {secret.meant: secret for secret in facts.misnamed if secret.level is None}
    for triple in facts.triples:
        absent = _absent(triple)
        explained = [misnamed[name] for part in absent if (name := secret_name(triple, part)) in misnamed]
        unexplained = tuple(part for part in absent if secret_name(triple, part) not in misnamed)
        if unexplained and not facts.withheld:
            yield _incomplete(facts, triple, unexplained)
        for secret in explained:
            yield _renamed(facts, secret, triple)
    known = {secret_name(triple, part) for triple in facts.triples for part in Part}
    for secret in misnamed.values():
        if secret.meant not in known:
            yield _renamed(facts, secret, None)


def _absent(triple: TripleFact) -> tuple[Part, ...]:
    """Return the parts without a value; empty unless the caller passes the triple in part."""
    parts = triple.parts
    if not any(parts[part].at_hand or parts[part].empty for part in Part):
        return ()
    return tuple(part for part in Part if not parts[part].at_hand)


def _incomplete(facts: Facts, triple: TripleFact, absent: tuple[Part, ...]) -> Finding:
    empty = [secret_name(triple, part) for part in absent if triple.parts[part].empty]
    unset = [secret_name(triple, part) for part in absent if not triple.parts[part].empty]
    clauses = [
        f"{listing(names)} {'is' if len(names) == 1 else 'are'} {word}"
        for names, word in ((empty, "empty"), (unset, "not passed"))
        if names
    ]
    return RULE.of_triple(
        facts,
        triple,
        f"{' and '.join(clauses)}, so no login with {triple.identifier} was tried.",
        _how_to_pass(facts, triple, absent),
        about=tuple(secret_name(triple, part) for part in absent),
    )


def _how_to_pass(facts: Facts, triple: TripleFact, absent: tuple[Part, ...]) -> Remedy:
    names = [secret_name(triple, part) for part in absent]
    if not facts.in_workflow:
        return steps(
            "Set the missing values in the environment, or unset the rest of this triple:",
            *map(export, names),
        )
    return steps(
        "GitHub passes an empty value when the secret or variable that an expression names does not exist, is "
        "misspelled, or is not shared with this repository. Check that the step's env has:",
        *map(environment, names),
        "Then check that each secret and variable exists. To set them:",
        *(set_for_actions(facts, name) for name in names),
    )


def _renamed(facts: Facts, secret: MisnamedSecret, triple: TripleFact | None) -> Finding:
    meant = parse_name(secret.meant)
    return RULE.finding(
        f"The environment has {quoted(secret.name)}, which crreg does not read: the name must be {secret.meant}.",
        steps(f"Pass the value as {secret.meant}."),
        triple=meant.identifier if meant else None,
        registry=triple.server if triple else None,
        location=place_of(facts, triple) if triple else None,
        about=(secret.name,),
    )


RULE = Rule(
    "empty-value",
    Severity.ERROR,
    Effect.UNPROVEN,
    "Some, but not all, of a triple's values reach crreg, so its login was not tried.",
    "Pass all three values, under their exact names.",
    check,
)
