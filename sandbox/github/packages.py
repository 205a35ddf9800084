"""The endpoints of container packages on GHCR and of their versions."""

# Assumes GH-PACKAGES.

from collections.abc import Callable
from typing import Any

from sandbox.github.access import NOT_BY_INTEGRATION, NOT_BY_TOKEN
from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.identity import TokenKind
from sandbox.github.package_access import may_read
from sandbox.github.pages import page_of
from sandbox.github.routes import ROUTER, Handler, Need, Target
from sandbox.github.shapes import minimal_repository, simple_user
from sandbox.github.world import Package, PackageVersion, node_id, timestamp

NEED = Need(Target.OPEN, ("read:packages",), "packages")
"""Access is checked in this module, since refusals depend on the package."""
SCOPES = frozenset({"read:packages", "write:packages"})
OWNERS = {"/orgs/{org}": "org", "/users/{username}": "username"}


def _list(call: Call, owner: str) -> Answer:
    # Assumes GH-PACKAGE-LISTS.
    if call.identity.kind in (TokenKind.INSTALLATION, TokenKind.WORKFLOW):
        raise RefusalError(400, "Invalid argument.")
    _admitted(call, "list packages")
    if call.request.query.get("package_type") != "container":
        raise RefusalError(400, "Invalid argument.")
    if call.world.account(owner) is None:
        raise not_found()
    wanted = call.request.query.get("visibility")
    packages = [
        package
        for package in call.world.packages
        if package.owner.lower() == owner.lower()
        and wanted in (None, package.visibility)
        and may_read(call.world, call.identity, package)
    ]
    page, headers = page_of(call.request, packages)
    return Answer(200, [_shape(call, each) for each in page], headers)


def _get(call: Call, owner: str) -> Answer:
    return Answer(200, _shape(call, _package(call, owner)))


def _list_versions(call: Call, owner: str) -> Answer:
    package = _package(call, owner)
    newest_first = sorted(package.versions, key=lambda version: version.created_at, reverse=True)
    page, headers = page_of(call.request, newest_first)
    return Answer(200, [_version(call, package, each) for each in page], headers)


def _get_version(call: Call, owner: str) -> Answer:
    # Assumes GH-PACKAGES.
    package = _package(call, owner)
    for version in package.versions:
        if str(version.id) == call.path["package_version_id"]:
            return Answer(200, _version(call, package, version))
    raise not_found()


def _of_owner(handler: Callable[[Call, str], Answer], parameter: str) -> Handler:
    """The handler for paths with the owner in that parameter; a user can't be an `org`."""

    def handle(call: Call) -> Answer:
        # Assumes GH-PACKAGES.
        owner = call.path[parameter]
        if parameter == "org" and call.world.organization(owner) is None:
            raise not_found()
        return handler(call, owner)

    return handle


def _delete(call: Call, owner: str) -> Answer:
    # Assumes GH-PACKAGE-DELETE.
    package = _package(call, owner)
    identity, account = call.identity, call.world.accounts[owner.lower()]
    person = (identity.owner or "").lower()
    administers = person == account.login.lower() or account.members.get(person) == "admin"
    if identity.kind is not TokenKind.CLASSIC or "delete:packages" not in identity.scopes or not administers:
        raise RefusalError(403, "You need at least delete:packages scope to delete a package.")
    call.world.packages.remove(package)
    return Answer(204)


for _prefix, _parameter in OWNERS.items():
    _one = f"{_prefix}/packages/{{package_type}}/{{package_name}}"
    for _template, _handler in (
        (f"{_prefix}/packages", _list),
        (_one, _get),
        (f"{_one}/versions", _list_versions),
        (f"{_one}/versions/{{package_version_id}}", _get_version),
    ):
        ROUTER.route("GET", _template, NEED)(_of_owner(_handler, _parameter))
    ROUTER.route("DELETE", _one, NEED)(_of_owner(_delete, _parameter))


def _admitted(call: Call, what: str) -> None:
    # Assumes GH-PACKAGES, GH-APP-PACKAGES.
    identity = call.identity
    if identity.kind is TokenKind.NONE:
        raise RefusalError(401, "Requires authentication")
    if identity.kind is TokenKind.CLASSIC and not identity.scopes & SCOPES:
        raise RefusalError(403, f"You need at least read:packages scope to {what}.")
    if identity.kind is TokenKind.INSTALLATION:
        raise RefusalError(403, NOT_BY_INTEGRATION)
    if identity.kind is TokenKind.FINE_GRAINED:
        raise RefusalError(403, NOT_BY_TOKEN)


def _package(call: Call, owner: str) -> Package:
    # Assumes GH-PACKAGES.
    _admitted(call, "get a package")
    package = call.world.package(owner, call.path["package_name"])
    if call.path["package_type"] != "container" or package is None:
        raise RefusalError(404, "Package not found.")
    if not may_read(call.world, call.identity, package):
        raise RefusalError(404, "Package not found.")
    return package


def _address(call: Call, package: Package) -> str:
    owner = call.world.accounts[package.owner.lower()]
    kind = "orgs" if owner.is_organization else "users"
    name = package.name.replace("/", "%2F")
    return f"{kind}/{owner.login}/packages/container/{name}"


def _shape(call: Call, package: Package) -> dict[str, Any]:
    base, owner = call.request.base, call.world.accounts[package.owner.lower()]
    body = {
        "id": package.id,
        "name": package.name,
        "package_type": "container",
        "owner": simple_user(base, owner),
        "version_count": len(package.versions),
        "visibility": package.visibility,
        "url": f"{base}/{_address(call, package)}",
        "html_url": f"https://github.com/{_address(call, package).replace('container/', 'container/package/')}",
        "created_at": timestamp(package.created_at),
        "updated_at": timestamp(max([package.created_at, *(each.created_at for each in package.versions)])),
    }
    linked = call.world.repository(package.repository) if package.repository else None
    return body | ({"repository": minimal_repository(base, call.world, linked)} if linked else {})


def _version(call: Call, package: Package, version: PackageVersion) -> dict[str, Any]:
    page = f"https://github.com/{_address(call, package)}"
    return {
        "id": version.id,
        "node_id": node_id("PackageVersion", version.id),
        "name": version.digest,
        "url": f"{call.request.base}/{_address(call, package)}/versions/{version.id}",
        "package_html_url": page,
        "html_url": f"{page}/{version.id}",
        "created_at": timestamp(version.created_at),
        "updated_at": timestamp(version.created_at),
        "metadata": {"package_type": "container", "container": {"tags": list(version.tags)}},
    }
