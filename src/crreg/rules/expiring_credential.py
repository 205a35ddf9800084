"""The password works, but not for long."""

from collections.abc import Iterator
from datetime import timedelta

from crreg.facts import Facts
from crreg.findings import Finding, Severity
from crreg.registry.password import PasswordKind
from crreg.rules.lifetime import A_DAY, SOON, accepted, short_lived, time_left
from crreg.rules.place import needed_by, place_of
from crreg.rules.providers import advice_for
from crreg.rules.remedies import steps, update_secret
from crreg.rules.rule import Rule
from crreg.rules.standing import secret_name
from crreg.triple import Part


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple; tokens that last hours are short-lived-password's, or are rotated."""
    for triple in facts.triples:
        left = time_left(facts, triple)
        if left is None or left > SOON or triple.password_kind is PasswordKind.ECR_TOKEN:
            continue
        if not accepted(triple) or short_lived(facts, triple):
            continue
        name = secret_name(triple, Part.PASSWORD)
        holding = triple.parts[Part.PASSWORD].effective
        yield RULE.finding(
            f"{name} {_when(left)}, and then no codespace logs in with {triple.identifier}."
            + needed_by(facts, triple.server),
            steps(
                *advice_for(triple.server).renew,
                "Then paste this, and give the new value when asked:",
                update_secret(facts, name, holding),
            ),
            triple=triple.identifier,
            registry=triple.server,
            location=place_of(facts, triple),
        )


def _when(left: timedelta) -> str:
    if left <= timedelta():
        return "has expired"
    if left < A_DAY:
        return "stops working within a day"
    return f"stops working in {left.days} day{'s' if left.days > 1 else ''}"


RULE = Rule(
    "expiring-credential",
    Severity.WARNING,
    "The password stops working within 14 days.",
    "Make a new credential and update the secret with it.",
    check,
)
