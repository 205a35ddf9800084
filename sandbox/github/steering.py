"""The server side of the control interface: seeds data, injects failures, and reads what happened."""

import contextlib
import json
import secrets as random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.github.exchange import Answer
from sandbox.github.identity import PREFIXES, Identity, TokenKind
from sandbox.github.service import Service
from sandbox.github.world import (
    Account,
    App,
    Installation,
    Package,
    PackageVersion,
    Repository,
    Secret,
    World,
)

Verb = Callable[[Service, dict[str, Any]], Any]
VERBS: dict[str, Verb] = {}
UNLOCKED: set[Verb] = set()
"""Verbs that may run while requests do."""


class UnknownThingError(Exception):
    """A test seeds something that depends on a missing object."""


def steer(service: Service, verb: str, body: bytes) -> Answer:
    """Execute a test's verb."""
    action = VERBS.get(verb)
    if action is None:
        return Answer(404, {"error": f"there is no {verb}"})
    with contextlib.nullcontext() if action in UNLOCKED else service.lock:
        try:
            result = action(service, json.loads(body or b"{}"))
            service.world.listings.clear()
            return Answer(200, {"result": result})
        except UnknownThingError as error:
            return Answer(400, {"error": str(error)})


def verb(action: Verb) -> Verb:
    """Register a verb under the function's name."""
    VERBS[action.__name__] = action
    return action


def unlocked(action: Verb) -> Verb:
    """Register a verb that must not wait for the requests under way."""
    UNLOCKED.add(action)
    return verb(action)


@verb
def reset(service: Service, _: dict[str, Any]) -> None:
    service.reset()


@verb
def requests(service: Service, _: dict[str, Any]) -> list[dict[str, Any]]:
    return service.journal.listed()


@verb
def violations(service: Service, _: dict[str, Any]) -> list[str]:
    return service.journal.violations


@verb
def forget(service: Service, _: dict[str, Any]) -> None:
    """Empty only the journal."""
    service.journal.forget()


@verb
def add_account(service: Service, body: dict[str, Any]) -> int:
    world = service.world
    identifier = next(world.ids)
    account = Account(identifier, body["login"], body["is_organization"], body["plan"])
    account.saml, account.forbids_classic = body["saml"], body["forbids_classic"]
    account.enterprise = body.get("enterprise", "")
    account.base_role = body["base_role"]
    account.members = {login.lower(): role for login, role in body["members"].items()}
    world.accounts[account.login.lower()] = account
    return identifier


@verb
def add_secret(service: Service, body: dict[str, Any]) -> None:
    world = service.world
    updated = _moment(body["updated_at"])
    secret = Secret(
        body["name"].upper(),
        body["value"].encode(),
        _moment(body["created_at"]) if body["created_at"] else updated,
        updated,
        body["visibility"],
        [repository_of(world, full_name).id for full_name in body["repositories"]],
    )
    store = world.store(body["application"], body["level"], body["owner"])
    store.secrets[secret.name] = secret


@verb
def secret(service: Service, body: dict[str, Any]) -> dict[str, Any] | None:
    """A stored secret; None if there is none."""
    world = service.world
    store = world.store(body["application"], body["level"], body["owner"])
    found = store.secrets.get(body["name"].upper())
    return _opened(world, found) if found else None


@verb
def secrets(service: Service, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every stored secret, by name."""
    world = service.world
    store = world.store(body["application"], body["level"], body["owner"])
    return {each.name: _opened(world, each) for each in store.listed()}


@verb
def visibility(service: Service, body: dict[str, Any]) -> str:
    return repository_of(service.world, body["full_name"]).visibility


@verb
def role(service: Service, body: dict[str, Any]) -> str | None:
    """A user's role in a repository; None if they can't see it."""
    return service.world.role(body["login"], repository_of(service.world, body["full_name"]))


@verb
def add_token(service: Service, body: dict[str, Any]) -> str:
    world = service.world
    kind = TokenKind(body["kind"])
    chosen = body["repositories"]
    identity = Identity(
        kind,
        body["owner"],
        frozenset(body["scopes"]),
        body["permissions"],
        body["resource_owner"],
        None if chosen is None else frozenset(repository_of(world, each).id for each in chosen),
        expires_at=_moment(body["expires_at"]) if body["expires_at"] else None,
        packages_of=frozenset(repository_of(world, each).id for each in body["packages_of"]),
        single_sign_on=frozenset(login.lower() for login in body["single_sign_on"]),
    )
    token = PREFIXES[kind] + random.token_hex(20)
    world.tokens[token] = identity
    return token


@verb
def add_app(service: Service, body: dict[str, Any]) -> int:
    world = service.world
    identifier = next(world.ids)
    owner = account_of(world, body["owner"]).login
    client_id = f"Iv23li{random.token_hex(7)}"
    world.apps[identifier] = App(
        identifier, client_id, body["slug"], owner, body["public_key"], body["permissions"]
    )
    return identifier


@verb
def add_installation(service: Service, body: dict[str, Any]) -> int:
    world, chosen = service.world, body["repositories"]
    app = world.apps[body["app_id"]]
    installation = Installation(
        next(world.ids),
        app.id,
        account_of(world, body["account"]).login,
        body["permissions"] or app.permissions,
        None if chosen is None else frozenset(repository_of(world, each).id for each in chosen),
        body["suspended"],
    )
    world.installations[installation.id] = installation
    return installation.id


@verb
def add_package(service: Service, body: dict[str, Any]) -> int:
    world = service.world
    versions = [
        PackageVersion(next(world.ids), each["digest"], tuple(each["tags"]), _moment(each["created_at"]))
        for each in body["versions"]
    ]
    linked = repository_of(world, body["repository"]).full_name if body["repository"] else None
    owner, created = account_of(world, body["owner"]).login, _moment(body["created_at"])
    package = Package(next(world.ids), owner, body["name"], body["visibility"], linked, versions, created)
    world.packages.append(package)
    return package.id


@verb
def revoke_token(service: Service, body: dict[str, Any]) -> None:
    service.world.tokens.pop(body["token"], None)


def _opened(world: World, secret: Secret) -> dict[str, Any]:
    """A secret whose value is Latin-1 text, so that JSON preserves all bytes."""
    repositories = (world.repository_by_id(identifier) for identifier in secret.repositories)
    return {
        "value": secret.value.decode("latin-1"),
        "visibility": secret.visibility,
        "repositories": [each.full_name for each in repositories if each is not None],
        "updated_at": secret.updated_at.isoformat(),
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def account_of(world: World, login: str) -> Account:
    """The account of that login; raises UnknownThingError."""
    account = world.account(login)
    if account is None:
        raise UnknownThingError(f"there is no account {login}: add it first")
    return account


def repository_of(world: World, full_name: str) -> Repository:
    """The repository of that full name; raises UnknownThingError."""
    repository = world.repository(full_name)
    if repository is None:
        raise UnknownThingError(f"there is no repository {full_name}: add it first")
    return repository
