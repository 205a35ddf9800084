"""How much longer a triple's password works."""

from datetime import timedelta

from crreg.facts.model import Facts, TripleFact
from crreg.registry.login.password import PasswordKind
from crreg.registry.outcome import LoginOutcome

A_DAY = timedelta(days=1)
SOON = timedelta(days=14)
"""A person on holiday still has time to renew it."""
ECR_TOKEN_LIFE = timedelta(hours=12)
"""The lifetime of an ECR token.

Source: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
"""

RENEWED_BEFORE = ECR_TOKEN_LIFE / 3
"""`ensure` renews a rotated token once this much time is left."""
OVERDUE = timedelta(hours=1)
"""A rotated token with less time left was not renewed when it was due."""


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
