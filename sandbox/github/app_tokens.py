"""Checks the JSON Web Token that authenticates a GitHub App, as GitHub does."""

import time
from typing import Any

import jwt
from jwt.types import Options

from sandbox.github.exchange import RefusalError
from sandbox.github.identity import Identity, TokenKind
from sandbox.github.world import App, World

LONGEST = 600
"""The most seconds between now and `exp`."""
CLOCK_DRIFT = 60
"""Seconds by which the client's clock may be ahead."""
UNREADABLE = "A JSON web token could not be decoded"


def identify(world: World, token: str) -> Identity:
    """Return the App that signed the token; raises RefusalError with GitHub's own message."""
    # Assumes GH-APP-JWT.
    claims = _decoded(token, None)
    app = _app(world, claims.get("iss"))
    claims = _decoded(token, app)
    now = time.time()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int | float) or expires <= now:
        raise RefusalError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which "
            "the assertion expires",
        )
    if expires > now + LONGEST + CLOCK_DRIFT:
        raise RefusalError(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int | float) or issued > now + CLOCK_DRIFT:
        raise RefusalError(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        )
    return Identity(TokenKind.APP, app_id=app.id, permissions=app.permissions)


def _decoded(token: str, app: App | None) -> dict[str, Any]:
    """The claims; the signature is checked if the App is known. The times are checked by the caller."""
    # Assumes GH-APP-JWT.
    options: Options = {
        "verify_signature": app is not None,
        "verify_exp": False,
        "verify_iat": False,
        "verify_iss": False,
        "verify_nbf": False,
    }
    try:
        claims: dict[str, Any] = jwt.decode(
            token, app.public_key if app else "", algorithms=["RS256"], options=options
        )
    except jwt.PyJWTError as error:
        raise RefusalError(401, UNREADABLE) from error
    return claims


def _app(world: World, issuer: object) -> App:
    """`iss` is the App's id, as a number or as text, or its client id."""
    # Assumes GH-APP-JWT.
    if not isinstance(issuer, int | str):
        raise RefusalError(401, "'Issuer' claim ('iss') must be an Integer")
    for app in world.apps.values():
        if str(issuer) in (str(app.id), app.client_id):
            return app
    raise RefusalError(404, "Integration not found")
