"""What a password can be told to be without using it."""

import base64
import enum
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_LONGEST = 64 * 1024
_JWT_PARTS = 3


class PasswordKind(enum.StrEnum):
    """The kinds of password that can be told apart."""

    OPAQUE = "opaque"
    """Anything else."""
    ECR_TOKEN = "ecr-token"  # noqa: S105 - a kind of password, no password
    """A 12-hour token of `ecr:GetAuthorizationToken`."""
    JWT = "jwt"
    """A signed JSON Web Token, such as an Azure access token."""


@dataclass(frozen=True, slots=True)
class PasswordNature:
    """What a password is, as far as it shows."""

    kind: PasswordKind
    expires_at: datetime | None = None
    """When it stops working, in UTC; None if it does not say."""


def inspect_password(password: str) -> PasswordNature:
    """Tell what a password is; raises nothing, whatever it is. It is not verified in any way."""
    text = password.strip()
    if len(text) > _LONGEST:
        return PasswordNature(PasswordKind.OPAQUE)
    # Amazon's tokens are the base64 of a JSON object whose key is encrypted, with the expiry in clear.
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
    """The JSON object whose base64 this is, of either alphabet, padded or not; None if it is none."""
    try:
        padded = text.rstrip("=").encode("ascii").replace(b"+", b"-").replace(b"/", b"_")
        decoded = json.loads(
            base64.b64decode(padded + b"=" * (-len(padded) % 4), altchars=b"-_", validate=True)
        )
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _moment(seconds: object) -> datetime | None:
    """A time in seconds since 1970."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
