"""The kind of a password, judged by its form."""

import base64
import enum
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_LONGEST = 64 * 1024
_JWT_PARTS = 3


class PasswordKind(enum.StrEnum):
    """The kinds of password that are recognized."""

    OPAQUE = "opaque"
    """Anything else."""
    ECR_TOKEN = "ecr-token"  # noqa: S105 - a kind of password, no password
    """A 12-hour token from `ecr:GetAuthorizationToken`."""
    JWT = "jwt"
    """A signed JSON Web Token, such as an Azure access token."""


@dataclass(frozen=True, slots=True)
class PasswordNature:
    """What the form of a password reveals."""

    kind: PasswordKind
    expires_at: datetime | None = None
    """When it expires, in UTC; None if it does not say."""


def inspect_password(password: str) -> PasswordNature:
    """Return what the form of a password reveals; nothing is verified. Never raises."""
    text = password.strip()
    if len(text) > _LONGEST:
        return PasswordNature(PasswordKind.OPAQUE)
    # Amazon's tokens are base64 of a JSON object with an encrypted key and an expiry in clear text.
    token = _decoded_object(text)
    if token is not None and {"payload", "datakey", "expiration"} <= token.keys():
        return PasswordNature(PasswordKind.ECR_TOKEN, _moment(token["expiration"]))
    parts = text.split(".")
    if len(parts) == _JWT_PARTS:
        header, claims = _decoded_object(parts[0]), _decoded_object(parts[1])
        if header is not None and claims is not None and "alg" in header:
            return PasswordNature(PasswordKind.JWT, _moment(claims.get("exp")))
    return PasswordNature(PasswordKind.OPAQUE)


def _decoded_object(text: str) -> dict[str, Any] | None:
    """Decode a JSON object from base64 of either alphabet, padded or not; None if it is not one."""
    try:
        padded = text.rstrip("=").encode("ascii").replace(b"+", b"-").replace(b"/", b"_")
        decoded = json.loads(
            base64.b64decode(padded + b"=" * (-len(padded) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _moment(seconds: object) -> datetime | None:
    """Convert seconds since 1970; None if they are not a valid time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
