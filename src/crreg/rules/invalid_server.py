"""The triple is malformed, or its SERVER names something that is no registry."""

from collections.abc import Iterator

from crreg.facts import Facts, TripleFact
from crreg.findings import Effect, Finding, Severity
from crreg.plain import sentence
from crreg.registry.outcome import LoginOutcome
from crreg.registry.providers.provider import Renewal
from crreg.remedy import Remedy, steps
from crreg.rules.place import needed_by, place_of
from crreg.rules.renewal import stored
from crreg.rules.rule import Rule
from crreg.rules.standing import absent_parts, needed
from crreg.triple import Part

_MALFORMED = frozenset({LoginOutcome.INVALID, LoginOutcome.NOT_A_REGISTRY})
SERVER_FORM = (
    "SERVER is the registry's host alone, such as NAME.azurecr.io or ghcr.io, without https:// and without a "
    "path (Docker Hub's is https://index.docker.io/v1/)."
)
"""What a right value looks like."""


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple; a triple that lacks a part is missing-secret's."""
    for triple in facts.triples:
        login = triple.login
        if login is None or login.outcome not in _MALFORMED or absent_parts(facts, triple):
            continue
        harmless = not needed(facts, triple)
        yield RULE.finding(
            f"No codespace can log in with {triple.identifier}: {sentence(login.detail)}"
            + needed_by(facts, triple.server),
            _remedy(facts, triple, login.detail),
            severity=Severity.WARNING if harmless else None,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def _remedy(facts: Facts, triple: TripleFact, detail: str) -> Remedy:
    part = malformed_part(detail)
    form = (SERVER_FORM,) if part is Part.SERVER else ()
    return steps(*form, *stored(facts, triple, Renewal((), (part,))))


def malformed_part(detail: str) -> Part:
    """The part that is to blame for a login with this detail."""
    return next((part for part in (Part.USER, Part.PASSWORD) if detail.startswith(part)), Part.SERVER)


RULE = Rule(
    "invalid-server",
    Severity.ERROR,
    Effect.STOPS,
    "A part of the triple is empty, or SERVER names no registry.",
    "Set SERVER to the registry's host alone, and no part to nothing.",
    check,
)
