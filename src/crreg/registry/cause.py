"""Why a registry usually refuses a login, by its provider and by how the values look."""

from datetime import datetime

from crreg.registry.credentials import Credentials
from crreg.registry.password import inspect_password
from crreg.registry.providers import host_of, provider_of
from crreg.registry.providers.provider import Attempt
from crreg.registry.server import Server

_IDENTITY_TOKEN_USER = "<token>"  # noqa: S105 - a user, no password


def attempt_of(registry: str, user: str, password: str) -> Attempt:
    """Describe a login at a registry (`host` or `host:port`)."""
    return Attempt(host_of(registry), user, password, inspect_password(password))


def likely_cause(server: Server, credentials: Credentials, now: datetime, service: str = "") -> str:
    """Return a sentence on what is probably wrong with credentials that were not accepted; it quotes none of them.

    `service` is what the registry calls itself in its challenge.
    """
    attempt = attempt_of(server.registry, credentials.user, credentials.password)
    ends = attempt.nature.expires_at
    if ends is not None and ends <= now:
        return f"PASSWORD is a token that expired at {ends:%Y-%m-%d %H:%M} UTC."
    if attempt.user == _IDENTITY_TOKEN_USER:
        return "USER is `<token>`, Docker's placeholder for an identity token; use a real user name."
    if attempt.password != attempt.password.strip():
        return "PASSWORD starts or ends with white space, which is sent as part of it."
    return provider_of(server.registry, attempt.user, service).cause(attempt)
