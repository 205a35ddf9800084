"""The triple is malformed, or its SERVER names something that is no registry."""

from collections.abc import Iterator

from crreg.facts import Facts, TripleFact
from crreg.findings import Effect, Finding, Severity
from crreg.plain import sentence
from crreg.registry.outcome import Fault, LoginOutcome, LoginResult
from crreg.rules.place import needed_by, place_of
from crreg.rules.providers import server_value
from crreg.rules.remedies import steps, update_secret
from crreg.rules.rule import Rule
from crreg.rules.standing import absent_parts, needed, secret_name
from crreg.triple import Part

_MALFORMED = frozenset({LoginOutcome.INVALID, LoginOutcome.NOT_A_REGISTRY})
SERVER_FORM = (
    "SERVER is the registry's host alone, such as NAME.azurecr.io or ghcr.io, without https:// and without a "
    "path (Docker Hub's is https://index.docker.io/v1/)."
)
"""What a right value looks like."""
CORRECT_TOKENS = (
    "Have whoever runs the registry correct its token server: expires_in must be a whole number and issued_at a time "
    "such as 2026-01-31T12:00:00Z, as in https://distribution.github.io/distribution/spec/auth/token/. No other secret "
    "helps."
)
"""What to do about token answers that docker can't decode."""


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
            _remedy(facts, triple, login),
            severity=Severity.WARNING if harmless else None,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def _remedy(facts: Facts, triple: TripleFact, login: LoginResult) -> str:
    if login.fault is Fault.TOKEN_SERVER:
        return CORRECT_TOKENS
    part = malformed_part(login)
    holding = triple.parts[part].effective
    name = secret_name(triple, part)
    if part is Part.SERVER and login.fault is Fault.SERVER and triple.server is not None:
        # The host was found in it, so the right value is known.
        return steps("Paste this:", update_secret(facts, name, holding, body=server_value(triple.server)))
    return steps(
        *([SERVER_FORM] if part is Part.SERVER else []),
        "Paste this, and give the right value when asked:",
        update_secret(facts, name, holding),
    )


def malformed_part(login: LoginResult) -> Part:
    """Return the part to blame for a login that ended as `invalid` or `not-a-registry`."""
    match login.fault:
        case Fault.USER:
            return Part.USER
        case Fault.PASSWORD:
            return Part.PASSWORD
        case _:
            return Part.SERVER


RULE = Rule(
    "invalid-server",
    Severity.ERROR,
    Effect.STOPS,
    "A part of the triple is empty, or SERVER names no registry.",
    "Set SERVER to the registry's host alone, and no part to nothing.",
    check,
)
