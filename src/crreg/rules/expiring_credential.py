"""A credential works, but not for long."""

from collections.abc import Iterator
from datetime import timedelta

from crreg.facts.model import Facts, Holding, TripleFact
from crreg.facts.questions import secret_name
from crreg.facts.rotation_due import (
    A_DAY,
    accepted,
    is_rotation_overdue,
    is_soon,
    nearly_too_old,
    short_lived,
    time_left,
    token_left,
)
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Link, Step, steps
from crreg.printable import plural
from crreg.registry.login.password import PasswordKind
from crreg.remedies.renewal import new_credential, rotated_again
from crreg.remedies.wording import needed_by
from crreg.rules.rule import Rule
from crreg.triple import Part

_JUST_NOW = timedelta(minutes=5)
"""A token that GitHub has just accepted has not expired. Some answers give the time of the request as its expiry.

Source: https://github.com/google/go-github/issues/3708
"""


def check(facts: Facts) -> Iterator[Finding]:
    """Yield one finding per triple, for what expires first, and one for crreg's own GitHub token.

    short-lived-password reports tokens that expire within hours. Rotated ones are reported here, once nothing renews
    them.
    """
    for triple in facts.triples:
        yield from _password(facts, triple) or _rotated(facts, triple) or _age(facts, triple)
    yield from _own_token(facts)


def _password(facts: Facts, triple: TripleFact) -> tuple[Finding, ...]:
    """Report a password by the expiry that it states itself."""
    left = time_left(facts, triple)
    if left is None or not is_soon(left) or triple.password_kind is PasswordKind.ECR_TOKEN:
        return ()
    if not accepted(triple) or short_lived(facts, triple):
        return ()
    consequence = f"codespaces can't log in with {triple.identifier}."
    message = (
        f"has expired, so {consequence}"
        if left <= timedelta()
        else f"stops working {_within(left)}. After that, {consequence}"
    )
    return (_finding(facts, triple, message, *new_credential(facts, triple)),)


def _rotated(facts: Facts, triple: TripleFact) -> tuple[Finding, ...]:
    """Report a rotated token that ensure has stopped renewing."""
    holding = _stored(triple)
    if triple.configured is None or triple.configured.rotate is None or holding is None:
        return ()
    left = token_left(holding.updated_at, facts.now)
    if not is_rotation_overdue(left):
        return ()
    expiry = "has expired" if left <= timedelta() else "is about to expire"
    message = (
        f"was last written on {holding.updated_at:%Y-%m-%d at %H:%M} UTC, and nothing has renewed it. An ECR token "
        f"expires after 12 hours: this one {expiry}."
    )
    return (
        _finding(
            facts,
            triple,
            message,
            *rotated_again(facts),
        ),
    )


def _age(facts: Facts, triple: TripleFact) -> tuple[Finding, ...]:
    """Report a password that will soon reach the configured age; stale-secret reports one that has."""
    holding = _stored(triple)
    longest = triple.configured.max_age if triple.configured else None
    if holding is None or longest is None or (triple.configured and triple.configured.rotate):
        return ()
    left = nearly_too_old(holding.updated_at, longest, facts.now)
    if left is None:
        return ()
    message = f"will be {longest.days} days old {_within(left)}, the most that the configuration allows."
    return (_finding(facts, triple, message, *new_credential(facts, triple)),)


def _own_token(facts: Facts) -> Iterator[Finding]:
    ends = facts.inventory.token_expires_at if facts.inventory else None
    left = ends - facts.now if ends is not None else None
    if left is not None and left > _JUST_NOW and is_soon(left):
        yield RULE.finding(
            f"crreg's GitHub token stops working {_within(left)}. After that, crreg can't list the Codespaces secrets.",
            steps(
                Link("Create a new one with the same permissions", f"{facts.web_url}/settings/tokens"),
                "Then store it as the Actions secret that the workflow passes to crreg as token.",
            ),
            about=("token",),
        )


def _stored(triple: TripleFact) -> Holding | None:
    return triple.parts[Part.PASSWORD].effective


def _finding(facts: Facts, triple: TripleFact, message: str, *remedy: Step) -> Finding:
    return RULE.of_triple(
        facts,
        triple,
        f"{secret_name(triple, Part.PASSWORD)} {message}" + needed_by(facts, triple.server),
        remedy,
        about=(secret_name(triple, Part.PASSWORD),),
    )


def _within(left: timedelta) -> str:
    return "within a day" if left < A_DAY else f"in {plural(left.days, 'day')}"


RULE = Rule(
    "expiring-credential",
    Severity.WARNING,
    Effect.HYGIENE,
    "A credential stops working, or reaches the configured age, within 14 days.",
    "Create a new credential and update the secret with it.",
    check,
)
