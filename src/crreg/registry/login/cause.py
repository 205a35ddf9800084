"""Why a registry probably refused a login, judged by its provider and by the values."""

import re
from dataclasses import replace
from datetime import datetime

from crreg.registry.credentials import Credentials
from crreg.registry.errors import Known
from crreg.registry.login.password import inspect_password
from crreg.registry.outcome import LoginResult
from crreg.registry.providers import host_of, provider_of
from crreg.registry.providers.others import IDENTITY_TOKEN_USER
from crreg.registry.providers.provider import Attempt
from crreg.registry.server import Server

_MARK = "\ufeff"
_QUOTES = frozenset("\"'`\u201c\u201d")
_VARIABLE = re.compile(r"\$\{\{.*\}\}|\$\{\w+\}|\$\(")
_DOLLAR = (
    "PASSWORD contains a dollar sign. If a shell set the secret, it may have replaced another dollar sign and the "
    "text after it: use single quotes there."
)


def attempt_of(registry: str, user: str, password: str) -> Attempt:
    """Describe a login at a registry (`host` or `host:port`)."""
    return Attempt(host_of(registry), user, password, inspect_password(password))


def likely_cause(server: Server, credentials: Credentials, now: datetime, service: str = "") -> str:
    """Return a sentence on what is probably wrong with refused credentials; it does not quote them.

    `service` is the registry's name for itself in its challenge.
    """
    attempt = attempt_of(server.registry, credentials.user, credentials.password)
    ends = attempt.nature.expires_at
    if ends is not None and ends <= now:
        return f"PASSWORD is a token that expired at {ends:%Y-%m-%d %H:%M} UTC."
    if attempt.user == IDENTITY_TOKEN_USER:
        return "USER is `<token>`, Docker's placeholder for an identity token; use a real user name."
    flaw = _flaw("PASSWORD", attempt.password) or _flaw("USER", attempt.user)
    if flaw:
        return flaw
    cause = provider_of(server.registry, attempt.user, service).cause(attempt)
    return f"{cause} {_DOLLAR}" if "$" in attempt.password else cause


def _flaw(part: str, value: str) -> str:
    """Name a common copying mistake in a value, which is sent as part of it; empty if there is none."""
    if value.startswith(_MARK):
        return (
            f"{part} starts with a byte order mark, which is sent as part of it. Save the file without one."
        )
    if value != value.strip():
        return f"{part} starts or ends with white space, which is sent as part of it."
    if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        return f"{part} is in quotation marks, which are sent as part of it."
    if _VARIABLE.search(value):
        return f"{part} contains a variable that a shell or a template should have replaced. It is sent literally."
    return ""


def with_known(result: LoginResult, attempt: Attempt | None, known: Known) -> LoginResult:
    """Return the result with the names of the account and the registry; `attempt` is None if no login was tried."""
    if attempt is None:
        return result
    provider = provider_of(attempt.host, attempt.user, known.service)
    account = provider.account(replace(attempt, identity=known.identity))
    service = known.service if known.service in provider.services else ""
    return replace(result, account=account, service=service)
