"""Answers the sandbox's GHCR, and lets a test set what only the settings pages of packages can."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sandbox.github import credentials, package_access
from sandbox.github.exchange import RefusalError
from sandbox.github.identity import ANONYMOUS, Identity, TokenKind
from sandbox.github.service import Service
from sandbox.github.steering import UnknownThingError, verb
from sandbox.github.world import Package, PackageVersion, Repository, World

_SOURCE = re.compile(r"https://github\.com/([^/]+/[^/]+?)/?")


@verb
def knows_token(service: Service, body: dict[str, Any]) -> bool:
    """Whether a token is valid for a login: GitHub issued it and it has not expired."""
    identity = _identity(service.world, body["token"])
    return identity is not None and identity.kind not in (TokenKind.NONE, TokenKind.APP)


@verb
def package_rights(service: Service, body: dict[str, Any]) -> dict[str, Any]:
    """The access of a token (None for anonymous) to a package: a refusal each for pull and push, None if allowed."""
    world, owner = service.world, body["owner"]
    identity = _identity(world, body["token"])
    package = world.package(owner, body["name"])
    known = identity is not None
    seen = identity or ANONYMOUS
    return {
        "known": known,
        "exists": package is not None,
        "pull": package_access.pull_refusal(world, seen, package) if package else None,
        "push": package_access.push_refusal(world, seen, owner, package),
    }


@verb
def publish_package(service: Service, body: dict[str, Any]) -> None:
    """Record a pushed manifest; the first one creates the package."""
    world, owner, name = service.world, body["owner"], body["name"]
    identity = _identity(world, body["token"]) or ANONYMOUS
    package = world.package(owner, name)
    if package_access.push_refusal(world, identity, owner, package) is not None:
        raise UnknownThingError(f"this token may not push {owner}/{name}")
    source = _source(world, identity, owner, body["source"])
    if package is None:
        package = _first(world, identity, owner, name, source)
    elif package.repository is None and source is not None:
        # A later label links the two, but does not change the package's access.
        package.repository, package.inherits = source.full_name, False
    _record(world, package, body["digest"], body["tag"])


@verb
def set_package(service: Service, body: dict[str, Any]) -> None:
    """Set what the package's settings page can; None leaves a value unchanged."""
    world = service.world
    package = world.package(body["owner"], body["name"])
    if package is None:
        raise UnknownThingError(f"there is no package {body['owner']}/{body['name']}")
    if body["visibility"] is not None:
        package.visibility = body["visibility"]
    if body["inherits"] is not None:
        package.inherits = body["inherits"]
    for full_name, role in (body["actions_access"] or {}).items():
        package.actions_access[_repository(world, full_name).id] = role
    for full_name in body["codespaces_access"] or ():
        package.codespaces_access.add(_repository(world, full_name).id)


@verb
def set_package_policy(service: Service, body: dict[str, Any]) -> None:
    """Set an organization's "Packages" settings for new packages."""
    account = service.world.organization(body["organization"])
    if account is None:
        raise UnknownThingError(f"there is no organization {body['organization']}: add it first")
    account.creates_packages, account.packages_inherit = body["creation"], body["inheritance"]


@verb
def package(service: Service, body: dict[str, Any]) -> dict[str, Any] | None:
    """The current state of a package; None if it does not exist."""
    found = service.world.package(body["owner"], body["name"])
    if found is None:
        return None
    return {
        "visibility": found.visibility,
        "repository": found.repository,
        "inherits": found.inherits,
        "publisher": found.publisher,
        "tags": {version.digest: list(version.tags) for version in found.versions},
    }


def _identity(world: World, token: str | None) -> Identity | None:
    """The identity of a token, anonymous if it is None; None if the token is invalid."""
    if token is None:
        return ANONYMOUS
    try:
        return credentials.identify(world, f"Bearer {token}")
    except RefusalError:
        return None


def _source(world: World, identity: Identity, owner: str, label: str | None) -> Repository | None:
    """The repository that `org.opencontainers.image.source` links to: the same owner's, and in the token's reach."""
    # Assumes GHCR-LINK.
    found = _SOURCE.fullmatch(label or "")
    repository = world.repository(found[1]) if found else None
    if repository is None or repository.owner.lower() != owner.lower():
        return None
    if identity.owner is not None:
        return repository if world.role(identity.owner, repository) is not None else None
    reached = identity.repositories is None or repository.id in identity.repositories
    return repository if reached else None


def _first(world: World, identity: Identity, owner: str, name: str, source: Repository | None) -> Package:
    # Assumes GHCR-LINK.
    account = world.accounts[owner.lower()]
    pushing = None
    if identity.kind is TokenKind.WORKFLOW and identity.repositories:
        pushing = world.repository_by_id(min(identity.repositories))
    linked = source or pushing
    package = Package(
        next(world.ids),
        account.login,
        name,
        _visibility(name, pushing),
        linked.full_name if linked else None,
        [],
        datetime.now(UTC),
        inherits=account.packages_inherit,
        publisher=identity.owner.lower() if identity.owner else None,
    )
    if pushing is not None:
        # A workflow has the admin role on what it creates, whatever the organization's inheritance setting is.
        package.actions_access[pushing.id] = "admin"
    world.packages.append(package)
    return package


def _visibility(name: str, pushing: Repository | None) -> str:
    """Public if a public repository's workflow creates it under the repository's own name, else private.

    GitHub's pages contradict each other. Users saw this in July 2026:
    https://github.com/drizzle-team/drizzle-orm/pull/6005
    """
    # Assumes GHCR-VISIBILITY.
    if pushing is None or pushing.visibility != "public":
        return "private"
    root = pushing.full_name.partition("/")[2].lower()
    return "public" if name.lower().partition("/")[0] == root else "private"


def _record(world: World, package: Package, digest: str, tag: str | None) -> None:
    """Store a version, newest last; a tag moves away from the version that had it."""
    if tag is not None:
        package.versions = [
            replace(each, tags=tuple(name for name in each.tags if name != tag)) for each in package.versions
        ]
    version = next((each for each in package.versions if each.digest == digest), None)
    if version is None:
        version = PackageVersion(next(world.ids), digest, (), datetime.now(UTC))
        package.versions.append(version)
    if tag is not None:
        version.tags = (*version.tags, tag)


def _repository(world: World, full_name: str) -> Repository:
    repository = world.repository(full_name)
    if repository is None:
        raise UnknownThingError(f"there is no repository {full_name}: add it first")
    return repository
