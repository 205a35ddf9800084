"""A credential works, but not for long."""

from collections.abc import Iterator
from datetime import timedelta

from crreg.facts.lifetime import A_DAY, ECR_TOKEN_LIFE, SOON, accepted, short_lived, time_left
from crreg.facts.model import Facts, Holding, TripleFact
from crreg.facts.questions import secret_name
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.remedy import Link, Step, steps
from crreg.registry.login.password import PasswordKind
from crreg.remedies.renewal import new_credential, rotated_again
from crreg.remedies.wording import needed_by, place_of
from crreg.rules.rule import Rule
from crreg.triple import Part

_JUST_NOW = timedelta(minutes=5)
"""A token that GitHub has just accepted has not ended. Some answers name the moment of the request as its end.

Source: https://github.com/google/go-github/issues/3708
"""
_LATE = timedelta(hours=1)
"""A rotated token that has less left was not renewed when it was due: ensure renews it from four hours on."""


def check(facts: Facts) -> Iterator[Finding]:
    """One finding a triple, by what ends first of what is known, and one for the token that GitHub is asked with.

    Tokens that last hours are short-lived-password's, unless they are rotated: then what counts is whether that is
    still done.
    """
    for triple in facts.triples:
        yield from _password(facts, triple) or _rotated(facts, triple) or _age(facts, triple)
    yield from _own_token(facts)


def _password(facts: Facts, triple: TripleFact) -> tuple[Finding, ...]:
    """By what the password at hand says of itself."""
    left = time_left(facts, triple)
    if left is None or left > SOON or triple.password_kind is PasswordKind.ECR_TOKEN:
        return ()
    if not accepted(triple) or short_lived(facts, triple):
        return ()
    when = "has expired" if left <= timedelta() else f"stops working {_within(left)}"
    message = f"{when}, and then no codespace logs in with {triple.identifier}."
    return (_finding(facts, triple, message, *new_credential(facts, triple)),)


def _rotated(facts: Facts, triple: TripleFact) -> tuple[Finding, ...]:
    """By when ensure last wrote the token that it makes."""
    holding = _stored(triple)
    if triple.configured is None or triple.configured.rotate is None or holding is None:
        return ()
    left = holding.updated_at + ECR_TOKEN_LIFE - facts.now
    if left > _LATE:
        return ()
    ends = "it has ended" if left <= timedelta() else "it is about to end"
    message = (
        f"was last written on {holding.updated_at:%Y-%m-%d at %H:%M} UTC, and an ECR token ends 12 hours later: "
        f"{ends}, and nothing has renewed it."
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
    """By the configured age, as long as stale-secret says nothing yet."""
    holding = _stored(triple)
    longest = triple.configured.max_age if triple.configured else None
    if holding is None or longest is None or (triple.configured and triple.configured.rotate):
        return ()
    left = holding.updated_at + longest - facts.now
    # Of a short age, half is no cause for a warning yet; of hours, nobody needs one.
    if longest < 2 * A_DAY or not timedelta() <= left <= min(SOON, longest / 2):
        return ()
    message = f"will be {longest.days} days old {_within(left)}, which is all that the configuration allows."
    return (_finding(facts, triple, message, *new_credential(facts, triple)),)


def _own_token(facts: Facts) -> Iterator[Finding]:
    ends = facts.inventory.token_expires_at if facts.inventory else None
    left = ends - facts.now if ends is not None else None
    if left is not None and _JUST_NOW < left <= SOON:
        yield RULE.finding(
            f"The GitHub token that crreg asks with stops working {_within(left)}, and then crreg can't list the "
            "Codespaces secrets any more.",
            steps(
                Link("Make a new one with the same permissions", f"{facts.web_url}/settings/tokens"),
                "Then store it as the Actions secret that the workflow hands to crreg as token.",
            ),
            about=("token",),
        )


def _stored(triple: TripleFact) -> Holding | None:
    return triple.parts[Part.PASSWORD].effective


def _finding(facts: Facts, triple: TripleFact, message: str, *remedy: Step) -> Finding:
    return RULE.finding(
        f"{secret_name(triple, Part.PASSWORD)} {message}" + needed_by(facts, triple.server),
        remedy,
        triple=triple.identifier,
        registry=triple.server,
        location=place_of(facts, triple),
        about=(secret_name(triple, Part.PASSWORD),),
    )


def _within(left: timedelta) -> str:
    if left < A_DAY:
        return "within a day"
    return f"in {left.days} day{'s' if left.days > 1 else ''}"


RULE = Rule(
    "expiring-credential",
    Severity.WARNING,
    Effect.HYGIENE,
    "A credential stops working, or reaches the configured age, within 14 days.",
    "Make a new credential and update the secret with it.",
    check,
)
