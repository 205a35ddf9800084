"""The endpoints of a repository's Codespaces secrets, and of the Actions secrets that it sees."""

# Assumes GH-SECRET-STORES.

from typing import Any

from sandbox.github.exchange import Answer, Call
from sandbox.github.pages import counted, page_of
from sandbox.github.routes import ROUTER, Need, Target
from sandbox.github.secret_writing import found, shape, write
from sandbox.github.world import SecretStore

BASE = "/repos/{owner}/{repo}/codespaces/secrets"
ACTIONS = "/repos/{owner}/{repo}/actions"
READ = Need(Target.REPOSITORY, ("repo",), "codespaces_secrets", "read", "write")
WRITE = Need(Target.REPOSITORY, ("repo",), "codespaces_secrets", "write", "admin")
READ_ACTIONS = Need(Target.REPOSITORY, ("repo",), "secrets", "read", "write")
WRITE_ACTIONS = Need(Target.REPOSITORY, ("repo",), "secrets", "write", "write")


@ROUTER.route("GET", BASE, READ)
def list_secrets(call: Call) -> Answer:
    return _page(call, _store(call))


@ROUTER.route("GET", f"{BASE}/public-key", READ)
def public_key(call: Call) -> Answer:
    key = _store(call).key
    return Answer(200, {"key_id": key.key_id, "key": key.public})


@ROUTER.route("GET", f"{BASE}/{{secret_name}}", READ)
def get_secret(call: Call) -> Answer:
    return Answer(200, shape(found(_store(call), call.path["secret_name"])))


@ROUTER.route("PUT", f"{BASE}/{{secret_name}}", WRITE)
def put_secret(call: Call) -> Answer:
    return write(_store(call), call.path["secret_name"], call.document())


@ROUTER.route("DELETE", f"{BASE}/{{secret_name}}", WRITE)
def delete_secret(call: Call) -> Answer:
    store = _store(call)
    del store.secrets[found(store, call.path["secret_name"]).name]
    return Answer(204)


@ROUTER.route("GET", f"{ACTIONS}/secrets", READ_ACTIONS)
def list_actions_secrets(call: Call) -> Answer:
    # Assumes GH-ACTIONS-SECRETS.
    return _page(call, _actions(call))


@ROUTER.route("GET", f"{ACTIONS}/secrets/public-key", READ_ACTIONS)
def actions_public_key(call: Call) -> Answer:
    key = _actions(call).key
    return Answer(200, {"key_id": key.key_id, "key": key.public})


@ROUTER.route("PUT", f"{ACTIONS}/secrets/{{secret_name}}", WRITE_ACTIONS)
def put_actions_secret(call: Call) -> Answer:
    return write(_actions(call), call.path["secret_name"], call.document())


@ROUTER.route("GET", f"{ACTIONS}/organization-secrets", READ_ACTIONS)
def list_organization_actions_secrets(call: Call) -> Answer:
    # Assumes GH-ACTIONS-SECRETS.
    repository = call.world.repository(call.full_name)
    assert repository is not None
    secrets = [
        secret
        for secret in call.world.store("actions", "organization", repository.owner).listed()
        if secret.visibility == "all"
        or (secret.visibility == "private" and repository.visibility != "public")
        or (secret.visibility == "selected" and repository.id in secret.repositories)
    ]
    page, headers = page_of(call.request, secrets)
    return Answer(200, counted("secrets", len(secrets), [shape(each) for each in page]), headers)


def _store(call: Call) -> SecretStore:
    return call.world.store("codespaces", "repository", call.full_name)


def _actions(call: Call) -> SecretStore:
    return call.world.store("actions", "repository", call.full_name)


def _page(call: Call, store: SecretStore) -> Answer:
    secrets = store.listed()
    page, headers = page_of(call.request, secrets)
    body: dict[str, Any] = counted("secrets", len(secrets), [shape(each) for each in page])
    return Answer(200, body, headers)
