"""The endpoints of an organization's Codespaces secrets, and of the repositories that may read each."""

# Assumes GH-SECRET-STORES.

from typing import Any

from sandbox.github.exchange import Answer, Call, RefusalError, not_found
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.secret_writing import found, shape, write
from sandbox.github.shapes import minimal_repository
from sandbox.github.world import Secret, SecretStore

BASE = "/orgs/{org}/codespaces/secrets"
NAMED = f"{BASE}/{{secret_name}}"
REPOSITORIES = f"{NAMED}/repositories"
REPOSITORY = f"{REPOSITORIES}/{{repository_id}}"
READ = Need(
    Target.ORGANIZATION, ("admin:org",), "organization_codespaces_secrets", "read", "admin", paid=True
)
WRITE = Need(
    Target.ORGANIZATION, ("admin:org",), "organization_codespaces_secrets", "write", "admin", paid=True
)


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
    # Assumes GH-VISIBILITY, GH-ORG-LIST.
    document = call.document()
    visibility = document.get("visibility")
    if visibility not in ("all", "private", "selected"):
        raise RefusalError(422, "Unknown visibility.")
    chosen = document.get("selected_repository_ids", [])
    if chosen and visibility != "selected":
        raise RefusalError(422, "You may only provide selected repositories with the visibility selected.")
    for identifier in chosen:
        _in_organization(call, identifier)
    # An update without a list selects none: https://github.com/external-secrets/external-secrets/pull/6519
    repositories = list(dict.fromkeys(chosen))
    return write(
        _store(call), call.path["secret_name"], document, visibility=visibility, repositories=repositories
    )


@ROUTER.route("DELETE", NAMED, WRITE)
def delete_secret(call: Call) -> Answer:
    store = _store(call)
    del store.secrets[found(store, call.path["secret_name"]).name]
    return Answer(204)


@ROUTER.route("GET", REPOSITORIES, READ)
def list_repositories(call: Call) -> Answer:
    secret = found(_store(call), call.path["secret_name"])
    there = [each for each in secret.repositories if each in call.world.by_id]
    page, headers = page_of(call.request, there)
    shapes = [minimal_repository(call.request.base, call.world, call.world.by_id[each]) for each in page]
    return Answer(200, counted("repositories", len(there), shapes), headers)


@ROUTER.route("PUT", REPOSITORIES, WRITE)
def put_repositories(call: Call) -> Answer:
    secret = _selected(call)
    chosen = call.document().get("selected_repository_ids", [])
    for identifier in chosen:
        _in_organization(call, identifier)
    secret.repositories = list(dict.fromkeys(chosen))
    return Answer(204)


@ROUTER.route("PUT", REPOSITORY, WRITE)
def add_repository(call: Call) -> Answer:
    secret, identifier = _selected(call), _in_organization(call, call.path["repository_id"])
    if identifier not in secret.repositories:
        secret.repositories.append(identifier)
    return Answer(204)


@ROUTER.route("DELETE", REPOSITORY, WRITE)
def remove_repository(call: Call) -> Answer:
    secret, identifier = _selected(call), _in_organization(call, call.path["repository_id"])
    if identifier in secret.repositories:
        secret.repositories.remove(identifier)
    return Answer(204)


def _store(call: Call) -> SecretStore:
    return call.world.store("codespaces", "organization", call.path["org"])


def _selected(call: Call) -> Secret:
    # Assumes GH-VISIBILITY.
    secret = found(_store(call), call.path["secret_name"])
    if secret.visibility != "selected":
        raise RefusalError(409, "Conflict")
    return secret


def _in_organization(call: Call, identifier: str | int) -> int:
    # Assumes GH-VISIBILITY.
    repository = call.world.repository_by_id(int(identifier)) if str(identifier).isdecimal() else None
    if repository is None or repository.owner.lower() != call.path["org"].lower():
        raise not_found()
    return repository.id


def _shape(call: Call, secret: Secret) -> dict[str, Any]:
    body = shape(secret) | {"visibility": secret.visibility}
    if secret.visibility == "selected":
        organization = call.world.organization(call.path["org"])
        assert organization is not None
        address = BASE.format(org=organization.login)
        body["selected_repositories_url"] = f"{call.request.base}{address}/{secret.name}/repositories"
    return body
