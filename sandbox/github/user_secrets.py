"""The endpoints of a user's own Codespaces secrets, and of the repositories that may read each."""

# Assumes GH-SECRET-STORES.

from typing import Any

from sandbox.github.access import NOT_BY_TOKEN
from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.identity import TokenKind
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.secret_writing import found, shape, write
from sandbox.github.shapes import minimal_repository
from sandbox.github.world import Secret, SecretStore

BASE = "/user/codespaces/secrets"
NAMED = f"{BASE}/{{secret_name}}"
REPOSITORIES = f"{NAMED}/repositories"
REPOSITORY = f"{REPOSITORIES}/{{repository_id}}"
SCOPES = ("codespace", "codespace:secrets")
READ = Need(Target.USER, SCOPES, "codespaces_user_secrets", "read")
WRITE = Need(Target.USER, SCOPES, "codespaces_user_secrets", "write")


@ROUTER.route("GET", BASE, READ)
def list_secrets(call: Call) -> Answer:
    secrets = _store(call).listed()
    page, headers = page_of(call.request, secrets)
    return Answer(200, counted("secrets", len(secrets), [_shape(call, each) for each in page]), headers)


@ROUTER.route("GET", f"{BASE}/public-key", READ)
def public_key(call: Call) -> Answer:
    key = _store(call).key
    return Answer(200, {"key_id": key.key_id, "key": key.public})


@ROUTER.route("GET", NAMED, READ)
def get_secret(call: Call) -> Answer:
    return Answer(200, _shape(call, found(_store(call), call.path["secret_name"])))


@ROUTER.route("PUT", NAMED, WRITE)
def put_secret(call: Call) -> Answer:
    # Assumes U6.
    document = call.document()
    # An update without a list selects none, as an organization's does; GitHub's description is silent on it.
    chosen = _reachable(call, document.get("selected_repository_ids", []))
    return write(_store(call), call.path["secret_name"], document, visibility="selected", repositories=chosen)


@ROUTER.route("DELETE", NAMED, WRITE)
def delete_secret(call: Call) -> Answer:
    store = _store(call)
    del store.secrets[found(store, call.path["secret_name"]).name]
    return Answer(204)


@ROUTER.route("GET", REPOSITORIES, READ)
def list_repositories(call: Call) -> Answer:
    secret = found(_store(call), call.path["secret_name"])
    page, headers = page_of(call.request, secret.repositories)
    shapes = [
        minimal_repository(call.request.base, call.world, repository)
        for repository in map(call.world.repository_by_id, page)
        if repository is not None and _may_be_named(call, repository.id)
    ]
    return Answer(200, counted("repositories", len(secret.repositories), shapes), headers)


@ROUTER.route("PUT", REPOSITORIES, WRITE)
def put_repositories(call: Call) -> Answer:
    secret = found(_store(call), call.path["secret_name"])
    secret.repositories = _reachable(call, call.document().get("selected_repository_ids", []))
    return Answer(204)


@ROUTER.route("PUT", REPOSITORY, WRITE)
def add_repository(call: Call) -> Answer:
    secret = found(_store(call), call.path["secret_name"])
    (identifier,) = _reachable(call, [call.path["repository_id"]])
    if identifier not in secret.repositories:
        secret.repositories.append(identifier)
    return Answer(204)


@ROUTER.route("DELETE", REPOSITORY, WRITE)
def remove_repository(call: Call) -> Answer:
    secret = found(_store(call), call.path["secret_name"])
    (identifier,) = _reachable(call, [call.path["repository_id"]])
    if identifier in secret.repositories:
        secret.repositories.remove(identifier)
    return Answer(204)


def _store(call: Call) -> SecretStore:
    assert call.identity.owner is not None
    return call.world.store("codespaces", "user", call.identity.owner)


def _reachable(call: Call, identifiers: list[int | str]) -> list[int]:
    """The repositories with those ids, which may be strings; the user must see each."""
    # Assumes GH-USER-REFERENCED.
    assert call.identity.owner is not None
    chosen: list[int] = []
    for identifier in identifiers:
        repository = call.world.repository_by_id(int(identifier)) if str(identifier).isdecimal() else None
        if repository is None or call.world.role(call.identity.owner, repository) is None:
            raise not_found()
        if not _may_be_named(call, repository.id):
            raise RefusalError(403, NOT_BY_TOKEN)
        chosen.append(repository.id)
    return list(dict.fromkeys(chosen))


def _may_be_named(call: Call, identifier: int) -> bool:
    """Whether a fine-grained token may name the repository: it needs "Codespaces secrets" on all that it names.

    GitHub documents that ("on all referenced repositories"), not what such a token sees of the others in a list: here
    it sees none of them, while the count includes all.
    Source: https://docs.github.com/en/rest/codespaces/secrets
    """
    # Assumes GH-USER-REFERENCED, GH-USER-HIDDEN.
    identity = call.identity
    if identity.kind is not TokenKind.FINE_GRAINED:
        return True
    reached = identity.repositories is None or identifier in identity.repositories
    return reached and identity.permits("codespaces_secrets", "write")


def _shape(call: Call, secret: Secret) -> dict[str, Any]:
    address = f"{call.request.base}{BASE}/{secret.name}/repositories"
    return shape(secret) | {"visibility": secret.visibility, "selected_repositories_url": address}
