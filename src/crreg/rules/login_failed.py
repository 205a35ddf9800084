"""The registry refuses the triple's user and password."""

from collections.abc import Iterator

from crreg.facts import Facts, TripleFact
from crreg.findings import Effect, Finding, Severity
from crreg.plain import sentence
from crreg.registry.outcome import LoginOutcome, LoginResult
from crreg.registry.password import PasswordKind
from crreg.rules.place import needed_by, place_of
from crreg.rules.providers import advice_for, untrusted_certificate
from crreg.rules.remedies import settings_page, steps, update_secret
from crreg.rules.rule import Rule
from crreg.rules.standing import absent_parts, needed, secret_name
from crreg.triple import Part

_REFUSALS = frozenset({LoginOutcome.DENIED, LoginOutcome.FORBIDDEN, LoginOutcome.TLS_ERROR})


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple; a triple that lacks a part is missing-secret's."""
    for triple in facts.triples:
        login = triple.login
        if login is None or login.outcome not in _REFUSALS or absent_parts(facts, triple):
            continue
        harmless = not needed(facts, triple)
        yield RULE.finding(
            _message(facts, triple, login),
            _remedy(facts, triple, login),
            severity=Severity.WARNING if harmless else None,
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def _message(facts: Facts, triple: TripleFact, login: LoginResult) -> str:
    message = f"The login with {triple.identifier} fails: {sentence(login.detail)}"
    if login.outcome is LoginOutcome.DENIED and triple.password_kind is PasswordKind.ECR_TOKEN:
        message += " The password is an ECR token, which is good for 12 hours only."
    return message + needed_by(facts, triple.server)


def _remedy(facts: Facts, triple: TripleFact, login: LoginResult) -> str:
    advice = advice_for(triple.server)
    if login.outcome is LoginOutcome.TLS_ERROR:
        return untrusted_certificate(secret_name(triple, Part.SERVER))
    if login.outcome is LoginOutcome.FORBIDDEN:
        return steps(*advice.grant)
    holding = triple.parts[Part.PASSWORD].effective
    name = secret_name(triple, Part.PASSWORD)
    return steps(
        *advice.renew,
        "Then paste this, and give the new value when asked:",
        update_secret(facts, name, holding),
        *([f"or click Update in {settings_page(facts, holding.level)}"] if holding else []),
    )


RULE = Rule(
    "login-failed",
    Severity.ERROR,
    Effect.STOPS,
    "The registry refuses the triple's user and password.",
    "Get a credential that works, and update the secret with it.",
    check,
)
