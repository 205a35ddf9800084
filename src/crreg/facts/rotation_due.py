"""When a password is due: how much of its life is left, when a warning starts, and when `ensure` writes it again.

A warning asks a person to act, so it starts days ahead. `ensure` needs no time, so it writes a value once that is due:
a password at the configured age, an ECR token when a third of its life is left. A warning about what `ensure` renews
means that it did not.
"""

from datetime import datetime, timedelta

from crreg.facts.model import Facts, TripleFact
from crreg.registry.login.password import PasswordKind
from crreg.registry.outcome import LoginOutcome

A_DAY = timedelta(days=1)
_SOON = timedelta(days=14)
"""A warning starts this long before the end. A person on holiday still has time to renew the value."""
_ECR_TOKEN_LIFE = timedelta(hours=12)
"""The lifetime of an ECR token.

Source: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
"""
_RENEWED_BEFORE = _ECR_TOKEN_LIFE / 3
"""`ensure` renews a rotated token once this much time is left."""
_OVERDUE = timedelta(hours=1)
"""A rotated token with less time left was not renewed when it was due."""
_SAME_TIME = timedelta(minutes=5)
"""A script that sets both secrets takes this long at most, whichever it sets first."""


def is_too_old(updated_at: datetime, max_age: timedelta | None, now: datetime) -> bool:
    """Whether a value is older than the configuration allows, so that `ensure` writes it again."""
    return max_age is not None and now - updated_at > max_age


def nearly_too_old(updated_at: datetime, max_age: timedelta | None, now: datetime) -> timedelta | None:
    """Return the time until a value reaches the allowed age if that deserves a warning already; None if not.

    There is none before half of a short `max_age` has passed, and never for one measured in hours.
    """
    if max_age is None or max_age < 2 * A_DAY:
        return None
    left = updated_at + max_age - now
    return left if timedelta() <= left <= min(_SOON, max_age / 2) else None


def is_soon(left: timedelta) -> bool:
    """Whether the end of a credential deserves a warning, or has come."""
    return left <= _SOON


def token_left(updated_at: datetime, now: datetime) -> timedelta:
    """Return the time until a rotated ECR token expires, negative if it has."""
    return updated_at + _ECR_TOKEN_LIFE - now


def is_rotation_due(left: timedelta) -> bool:
    """Whether `ensure` renews a rotated token."""
    return left < _RENEWED_BEFORE


def is_rotation_overdue(left: timedelta) -> bool:
    """Whether a rotated token deserves a warning: `ensure` should have renewed it hours ago."""
    return left <= _OVERDUE


def is_source_newer(updated_at: datetime, source: datetime | None) -> bool:
    """Whether the Actions secret that a value is copied from is newer, so that `ensure` copies it again."""
    return source is not None and source > updated_at


def was_left_behind(updated_at: datetime, source: datetime | None) -> bool:
    """Whether the source is so much newer that the value was probably not copied, which deserves a warning."""
    return is_source_newer(updated_at + _SAME_TIME, source)


def accepted(triple: TripleFact) -> bool:
    """Whether the registry did not refuse the password; if it did, login-failed reports it."""
    return triple.login is None or triple.login.outcome is not LoginOutcome.DENIED


def time_left(facts: Facts, triple: TripleFact) -> timedelta | None:
    """Return the time until the password stops working, negative if it has; None if that is not known."""
    if triple.login is None or triple.login.expires_at is None:
        return None
    return triple.login.expires_at - facts.now


def short_lived(facts: Facts, triple: TripleFact) -> bool:
    """Whether the password is of a kind that lasts hours, and nothing renews it."""
    if triple.configured is not None and triple.configured.rotate is not None:
        return False
    if triple.password_kind is PasswordKind.JWT:
        left = time_left(facts, triple)
        return left is None or left <= A_DAY
    return triple.password_kind is PasswordKind.ECR_TOKEN
