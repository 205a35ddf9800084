"""The endpoints of GitHub Apps: the App itself, its installations, and their tokens."""

# Assumes GH-APP-TOKEN.

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.identity import PREFIXES, Identity, TokenKind
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.shapes import full_repository, simple_user
from sandbox.github.world import FOUNDED, App, Installation, node_id, timestamp

NEED = Need(Target.APP)
ONE = "/app/installations/{installation_id}"
LIFETIME = timedelta(hours=1)
LEVELS = ("read", "write", "admin")


@ROUTER.route("GET", "/app", NEED)
def get_app(call: Call) -> Answer:
    app = _app(call)
    page = f"https://github.com/apps/{app.slug}"
    installed = [each for each in call.world.installations.values() if each.app_id == app.id]
    body = {
        "id": app.id,
        "slug": app.slug,
        "client_id": app.client_id,
        "node_id": node_id("Integration", app.id),
        "owner": simple_user(call.request.base, call.world.accounts[app.owner.lower()]),
        "name": app.slug,
        "description": None,
        "external_url": page,
        "html_url": page,
        "created_at": timestamp(FOUNDED),
        "updated_at": timestamp(FOUNDED),
        "permissions": app.permissions,
        "events": [],
        "installations_count": len(installed),
    }
    return Answer(200, body)


@ROUTER.route("GET", "/app/installations", NEED)
def list_installations(call: Call) -> Answer:
    installed = [each for each in call.world.installations.values() if each.app_id == call.identity.app_id]
    page, headers = page_of(call.request, installed)
    return Answer(200, [_shape(call, each) for each in page], headers)


@ROUTER.route("GET", ONE, NEED)
def get_installation(call: Call) -> Answer:
    return Answer(200, _shape(call, _installation(call)))


@ROUTER.route("GET", "/orgs/{org}/installation", NEED)
def get_organization_installation(call: Call) -> Answer:
    return Answer(200, _shape(call, _installed_on(call, call.path["org"])))


@ROUTER.route("GET", "/users/{username}/installation", NEED)
def get_user_installation(call: Call) -> Answer:
    return Answer(200, _shape(call, _installed_on(call, call.path["username"])))


@ROUTER.route("GET", "/repos/{owner}/{repo}/installation", NEED)
def get_repository_installation(call: Call) -> Answer:
    # Assumes GH-APP-TOKEN.
    repository = call.world.repository(call.full_name)
    installation = _installed_on(call, call.path["owner"])
    chosen = installation.repositories
    if repository is None or (chosen is not None and repository.id not in chosen):
        raise not_found()
    return Answer(200, _shape(call, installation))


@ROUTER.route("POST", f"{ONE}/access_tokens", NEED)
def create_token(call: Call) -> Answer:
    # Assumes GH-APP-TOKEN.
    installation, document = _installation(call), call.document()
    if installation.suspended:
        # Assumes GH-APP-SUSPENDED.
        raise RefusalError(403, "This installation has been suspended")
    permissions = document.get("permissions") or installation.permissions
    for name, level in permissions.items():
        granted = installation.permissions.get(name)
        if granted is None or LEVELS.index(level) > LEVELS.index(granted):
            raise RefusalError(422, "The permissions requested are not granted to this installation.")
    chosen = _narrowed(call, installation, document)
    identity = Identity(
        TokenKind.INSTALLATION,
        permissions=permissions,
        resource_owner=installation.account,
        repositories=chosen,
        app_id=installation.app_id,
        expires_at=datetime.now(UTC) + LIFETIME,
    )
    token = PREFIXES[TokenKind.INSTALLATION] + secrets.token_hex(18)
    call.world.tokens[token] = identity
    assert identity.expires_at is not None
    body = {
        "token": token,
        "expires_at": timestamp(identity.expires_at),
        "permissions": permissions,
        "repository_selection": "all" if chosen is None else "selected",
    }
    return Answer(201, body)


@ROUTER.route("GET", "/installation/repositories", Need(Target.OPEN))
def list_repositories(call: Call) -> Answer:
    # Assumes GH-APP-TOKEN.
    identity = call.identity
    if identity.kind not in (TokenKind.INSTALLATION, TokenKind.WORKFLOW):
        raise RefusalError(403, "You must authenticate with an installation access token")
    reached = [
        each
        for each in call.world.repositories_of(identity.resource_owner or "")
        if identity.repositories is None or each.id in identity.repositories
    ]
    page, headers = page_of(call.request, reached)
    shapes = [full_repository(call.request.base, call.world, each) for each in page]
    return Answer(200, counted("repositories", len(reached), shapes), headers)


def _app(call: Call) -> App:
    assert call.identity.app_id is not None
    return call.world.apps[call.identity.app_id]


def _installation(call: Call) -> Installation:
    # Assumes GH-APP-TOKEN.
    text = call.path["installation_id"]
    found = call.world.installations.get(int(text)) if text.isdecimal() else None
    if found is None or found.app_id != call.identity.app_id:
        raise not_found()
    return found


def _installed_on(call: Call, account: str) -> Installation:
    # Assumes GH-APP-TOKEN.
    for each in call.world.installations.values():
        if each.app_id == call.identity.app_id and each.account.lower() == account.lower():
            return each
    raise not_found()


def _narrowed(call: Call, installation: Installation, document: dict[str, Any]) -> frozenset[int] | None:
    """The repositories that a token is limited to, among those of the installation."""
    # Assumes GH-APP-TOKEN.
    if "repositories" not in document and "repository_ids" not in document:
        return installation.repositories
    named = [
        call.world.repository(f"{installation.account}/{name}") for name in document.get("repositories", ())
    ]
    named += [call.world.repository_by_id(each) for each in document.get("repository_ids", ())]
    chosen: set[int] = set()
    for repository in named:
        granted = installation.repositories
        if (
            repository is None
            or repository.owner.lower() != installation.account.lower()
            or (granted is not None and repository.id not in granted)
        ):
            raise RefusalError(
                422,
                "There is at least one repository that does not exist or is not accessible to the parent "
                "installation.",
            )
        chosen.add(repository.id)
    return frozenset(chosen)


def _shape(call: Call, installation: Installation) -> dict[str, Any]:
    account = call.world.accounts[installation.account.lower()]
    app = call.world.apps[installation.app_id]
    api = f"{call.request.base}/app/installations/{installation.id}"
    return {
        "id": installation.id,
        "account": simple_user(call.request.base, account),
        "repository_selection": "all" if installation.repositories is None else "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{call.request.base}/installation/repositories",
        "html_url": f"https://github.com/settings/installations/{installation.id}",
        "app_id": app.id,
        "client_id": app.client_id,
        "app_slug": app.slug,
        "target_id": account.id,
        "target_type": "Organization" if account.is_organization else "User",
        "permissions": installation.permissions,
        "events": [],
        "created_at": timestamp(FOUNDED),
        "updated_at": timestamp(FOUNDED),
        "single_file_name": None,
        "suspended_by": simple_user(call.request.base, account) if installation.suspended else None,
        "suspended_at": timestamp(FOUNDED) if installation.suspended else None,
    }
