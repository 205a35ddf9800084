"""A token of a GitHub App's installation, which lasts an hour and so can't be stored for a workflow."""

import time
from http import HTTPStatus

import jwt

from live.stage import API_HEADERS, Owner, Services
from live.web import Answered, Asked, Send, UnansweredError

_SECONDS = 540
"""How long the App's signature lasts; GitHub allows ten minutes."""
_DRIFT_SECONDS = 60


class AppError(Exception):
    """The App has no token for the owner; the text says why."""


def installation_token(send: Send, services: Services, owner: Owner, identifier: str, key: str) -> str:
    """Make a token of the App's installation on the owner's account.

    Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app

    Raises:
        AppError: the key is not a private key, or the App is not installed there.
    """
    now = int(time.time())
    claims = {"iss": identifier, "iat": now - _DRIFT_SECONDS, "exp": now + _SECONDS}
    try:
        signed = jwt.encode(claims, key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        # The error's text may quote the key.
        raise AppError("CRREG_LIVE_APP_KEY is not a private key in PEM format.") from None
    kind = "orgs" if owner.is_organization else "users"
    installation = _ask(send, services, signed, "GET", f"/{kind}/{owner.login}/installation")
    number = _value(installation, "id")
    answered = _ask(send, services, signed, "POST", f"/app/installations/{number}/access_tokens")
    token = _value(answered, "token")
    if not isinstance(number, int) or not isinstance(token, str):
        statuses = f"{installation.status} and {answered.status}"
        raise AppError(f"The App {identifier} is not installed on {owner.login}: GitHub answers {statuses}.")
    return token


def _ask(send: Send, services: Services, signed: str, method: str, path: str) -> Answered:
    headers = {"Authorization": f"Bearer {signed}", **API_HEADERS}
    try:
        return send(Asked(method, services.api + path, headers))
    except UnansweredError:
        return Answered(HTTPStatus.SERVICE_UNAVAILABLE)


def _value(answered: Answered, key: str) -> object:
    document = answered.document
    return document.get(key) if isinstance(document, dict) else None
