"""Whose account a run works in, as GitHub describes it before anything is created."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Literal

from live.profiles import PROFILES
from live.reference import SCOPES, Account
from live.stage import API_HEADERS, Owner, Services
from live.web import Answered, Asked, Send, UnansweredError


class UnusableError(Exception):
    """The suite can't run; the text says why and what to do."""


def look(send: Send, services: Services, token: str, owner: str) -> Account:
    """Ask who the token's owner is, what it may do, and what kind of account the owner is.

    Raises:
        UnusableError: the token is refused or lacks scopes, or the owner does not exist.
    """
    person = _ask(send, services, token, "/user")
    if person.status != HTTPStatus.OK:
        raise UnusableError(
            f"GitHub answers the token with {person.status}. Make a classic token, and try again."
        )
    scopes = tuple(
        each.strip() for each in person.headers.get("x-oauth-scopes", "").split(",") if each.strip()
    )
    lacking = [scope for scope in SCOPES if scope not in scopes]
    if lacking:
        raise UnusableError(
            f"The token lacks the scopes {', '.join(lacking)}. Make a classic token that has them."
        )
    login = _text(person, "login")
    shown = _ask(send, services, token, f"/users/{owner}")
    kind = _text(shown, "type")
    if shown.status != HTTPStatus.OK or kind not in ("User", "Organization"):
        raise UnusableError(f"There is no account {owner!r}.")
    if kind == "User" and owner.lower() != login.lower():
        raise UnusableError(
            f"{owner!r} is another person. Name your own account, or an organization of yours."
        )
    is_organization = kind == "Organization"
    plan = _plan(_ask(send, services, token, f"/orgs/{owner}")) if is_organization else "free"
    return Account(login, Owner(_text(shown, "login"), is_organization), plan, scopes)


def people(
    send: Send, services: Services, account: Account, tokens: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Return login and token of each kind.

    Raises:
        UnusableError: a token is not of the kind that its variable says.
    """
    found = {}
    for name, token in tokens.items():
        profile = PROFILES[name]
        if profile.kind == "installation":
            found[name] = (account.person, token)
            continue
        person = _ask(send, services, token, "/user")
        if person.status != HTTPStatus.OK:
            raise UnusableError(f"GitHub answers the token {profile.variable(name)} with {person.status}.")
        scopes = person.headers.get("x-oauth-scopes")
        listed = sorted(each.strip() for each in (scopes or "").split(",") if each.strip())
        if profile.kind == "classic" and (scopes is None or listed != sorted(profile.scopes)):
            raise UnusableError(f"{profile.variable(name)} is not {profile.how}: its scopes are {listed}.")
        login = _text(person, "login")
        if profile.writer == (login == account.person):
            raise UnusableError(f"{profile.variable(name)} is not {profile.how}: it belongs to {login}.")
        found[name] = (login, token)
    return found


def _ask(send: Send, services: Services, token: str, path: str) -> Answered:
    headers = {"Authorization": f"Bearer {token}", **API_HEADERS}
    try:
        return send(Asked("GET", services.api + path, headers))
    except UnansweredError as error:
        raise UnusableError(f"GitHub could not be asked: {error}.") from None


def _text(answered: Answered, key: str) -> str:
    document = answered.document
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def _plan(answered: Answered) -> Literal["free", "team", "enterprise"]:
    document: Any = answered.document
    plan = document.get("plan") if isinstance(document, dict) else None
    match plan.get("name") if isinstance(plan, dict) else None:
        case "free":
            return "free"
        case "team":
            return "team"
        case _:
            return "enterprise"
