"""Finds the identity behind an Authorization header."""

import base64
import binascii
from datetime import UTC, datetime

from sandbox.github import app_tokens
from sandbox.github.exchange import RefusalError
from sandbox.github.identity import ANONYMOUS, Identity
from sandbox.github.world import World


def identify(world: World, header: str | None) -> Identity:
    """The identity of the header's sender; raises RefusalError for an invalid token."""
    # Assumes GH-TOKEN-FORMS.
    if header is None:
        return ANONYMOUS
    token = _token(header)
    if token.count(".") == 2:
        return app_tokens.identify(world, token)
    identity = world.tokens.get(token)
    if identity is None or (identity.expires_at is not None and identity.expires_at <= datetime.now(UTC)):
        raise RefusalError(401, "Bad credentials")
    return identity


def _token(header: str) -> str:
    """Extract the token: GitHub accepts `Bearer`, `token`, and Basic with the token as password or user."""
    # Assumes GH-TOKEN-FORMS.
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "basic":
        return rest.strip()
    try:
        user, _, password = base64.b64decode(rest, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusalError(401, "Bad credentials") from error
    return user if password in ("", "x-oauth-basic") else password
