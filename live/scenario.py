"""What a run asks of GitHub, in order. The same is asked of the sandbox."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Concatenate, ParamSpec, TypeVar

from live import scenario_packages, scenario_tokens, scenario_workflow
from live.journal import Thing
from live.stage import PartEndedError, Stage, basic, number, sealed
from live.web import Answered

OLD_VERSION = "1999-01-01"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Repositories:
    """The repositories that the run created."""

    private: str
    private_id: int
    public: str


def play(stage: Stage, tokens: Mapping[str, tuple[str, str]]) -> None:
    """Ask everything; `tokens` are login and token by profile. What was created is in the journal."""
    _carefully(account, stage)
    made = _carefully(repositories, stage)
    if made is not None:
        _carefully(repository_secrets, stage, made.private)
        if stage.owner.is_organization:
            _carefully(organization_secrets, stage, made)
            _carefully(properties, stage)
        _carefully(graphql, stage, made)
        for part in (user_secrets, variables, issues):
            _carefully(part, stage, made)
        _carefully(scenario_packages.refusals, stage)
        _carefully(scenario_packages.publish, stage, made.private)
        _carefully(scenario_workflow.start, stage, made.public)
        asking = scenario_tokens.Asking(made.private, f"{secret_name(stage.run)}_T")
        for profile, (person, token) in tokens.items():
            _carefully(asking.ask_all, stage, profile, stage.with_token(person, token))
    _carefully(scenario_packages.hub, stage)


def names(run: str) -> list[str]:
    """Say what a run creates, for the question before it."""
    return [
        f"the private repository crreg-live-{run} and the public repository crreg-live-{run}-public",
        "in the first: secrets, an Actions variable and an issue; in the second: a workflow, which runs once",
        f"the secret {secret_name(run)} of the organization, if the owner is one, and of your own account",
        f"the packages crreg-live-{run}-image and crreg-live-{run}-public/base",
    ]


def secret_name(run: str) -> str:
    """The name of the run's secrets."""
    return f"CRREG_LIVE_{run.upper()}"


def new_run() -> str:
    """64 random bits for the names of a run."""
    return secrets.token_hex(8)


def _carefully(
    part: Callable[Concatenate[Stage, P], T], stage: Stage, /, *more: P.args, **named: P.kwargs
) -> T | None:
    """Do one part; the others do not depend on it."""
    try:
        return part(stage, *more, **named)
    except PartEndedError:
        return None


def account(stage: Stage) -> None:
    """Ask who the token's owner is, in several ways."""
    stage.api("user", "GET", "/user")
    stage.api("user-with-basic", "GET", "/user", authorization=basic(stage.person, stage.token))
    stage.api("user-with-token", "GET", "/user", authorization=f"token {stage.token}")
    stage.api("wrong-token", "GET", "/user", authorization=f"Bearer ghp_{'0' * 36}")
    stage.api("no-token", "GET", "/user", authorization=None)
    stage.api("unknown-version", "GET", "/user", headers={"X-GitHub-Api-Version": OLD_VERSION})
    kind = "orgs" if stage.owner.is_organization else "users"
    stage.api("account", "GET", f"/{kind}/{stage.owner.login}")


def repositories(stage: Stage) -> Repositories:
    """Create two repositories."""
    private, identifier = _repository(stage, f"crreg-live-{stage.run}", "", private=True)
    stage.api("repository", "GET", f"/repos/{private}")
    stage.api("repository-unseen", "GET", f"/repos/{private}", authorization=None)
    public, _ = _repository(stage, f"crreg-live-{stage.run}-public", "public-", private=False)
    return Repositories(private, identifier, public)


def _repository(stage: Stage, name: str, prefix: str, *, private: bool) -> tuple[str, int]:
    owner = stage.owner
    full_name = f"{owner.login}/{name}"
    parent = f"/orgs/{owner.login}/repos" if owner.is_organization else "/user/repos"
    absent = stage.api(f"{prefix}repository-absent", "GET", f"/repos/{full_name}")
    body = {"name": name, "private": private, "auto_init": True}
    created = stage.create(
        stage.thing("repository", name),
        absent,
        lambda: stage.api(f"{prefix}repository-create", "POST", parent, body),
    )
    return full_name, number(created, "id")


def graphql(stage: Stage, repository: Repositories) -> None:
    """Ask for a repository, and for one that does not exist."""
    query = (
        "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id visibility } }"
    )
    for step, name in (
        ("graphql", repository.private.partition("/")[2]),
        ("graphql-absent", f"no-{stage.run}"),
    ):
        variables = {"owner": stage.owner.login, "name": name}
        stage.api(step, "POST", "/graphql", {"query": query, "variables": variables})


def properties(stage: Stage) -> None:
    """List the custom properties of an organization's repositories."""
    stage.api("properties", "GET", f"/orgs/{stage.owner.login}/properties/values")


def repository_secrets(stage: Stage, repository: str) -> None:
    """Write, list and delete secrets of the private repository, and try what GitHub refuses."""
    base, name = f"/repos/{repository}/codespaces/secrets", secret_name(stage.run)
    stage.api("secrets-empty", "GET", base)
    key = stage.api("secrets-key", "GET", f"{base}/public-key")
    stage.api("secret-absent", "GET", f"{base}/{name}")
    stage.api("secret-create", "PUT", f"{base}/{name}", sealed(key, "crreg-live"))
    stage.api("secret-update", "PUT", f"{base}/{name}", sealed(key, "crreg-live-2"))
    stage.api("secret-access-only", "PUT", f"{base}/{name}", {})
    stage.api("secret", "GET", f"{base}/{name}")
    stage.api("secret-lower-case-create", "PUT", f"{base}/{name.lower()}_b", sealed(key, "crreg-live"))
    stage.api("secret-lower-case", "GET", f"{base}/{name}_B")
    stage.api("secrets", "GET", f"{base}?per_page=1", facts=lambda found: {"secrets": len(found["secrets"])})
    stage.api("secret-name-reserved", "PUT", f"{base}/GITHUB_{name}", sealed(key, "crreg-live"))
    stage.api("secret-name-digit", "PUT", f"{base}/1{name}", sealed(key, "crreg-live"))
    other = {**sealed(key, "crreg-live"), "key_id": "1"}
    stage.api("secret-other-key", "PUT", f"{base}/{name}", other)
    unsealed = {**sealed(key, "crreg-live"), "encrypted_value": "Y3JyZWctbGl2ZQ=="}
    stage.api("secret-unsealed", "PUT", f"{base}/{name}", unsealed)
    stage.api("secret-delete", "DELETE", f"{base}/{name}")


def organization_secrets(stage: Stage, repository: Repositories) -> None:
    """Write a secret of the organization, and change who may read it."""
    base, name = f"/orgs/{stage.owner.login}/codespaces/secrets", secret_name(stage.run)
    key = stage.api("organization-key", "GET", f"{base}/public-key")
    absent = stage.api("organization-secret-absent", "GET", f"{base}/{name}")
    thing = stage.thing("organization-secret", name)
    selected = {"visibility": "selected", "selected_repository_ids": [repository.private_id]}
    path, value = f"{base}/{name}", sealed(key, "crreg-live")
    stage.create(
        thing, absent, lambda: stage.api("organization-secret-create", "PUT", path, {**value, **selected})
    )
    stage.api("organization-secret", "GET", path)
    _repositories_of(stage, "organization-secret-repositories", path)
    bare = {**sealed(key, "crreg-live"), "visibility": "selected"}
    stage.api("organization-secret-without-list", "PUT", path, bare)
    _repositories_of(stage, "organization-secret-after", path)
    stage.api("organization-secret-for-all", "PUT", path, {**sealed(key, "crreg-live"), "visibility": "all"})
    ids = {"selected_repository_ids": [repository.private_id]}
    stage.api("organization-secret-list-for-all", "PUT", f"{path}/repositories", ids)
    _delete(stage, "organization-secret-delete", path, thing)


def user_secrets(stage: Stage, repository: Repositories) -> None:
    """Write a secret of the user, and update it without its list of repositories."""
    base, name = "/user/codespaces/secrets", secret_name(stage.run)
    key = stage.api("user-key", "GET", f"{base}/public-key")
    path, value = f"{base}/{name}", sealed(key, "crreg-live")
    absent = stage.api("user-secret-absent", "GET", path)
    thing = stage.thing("user-secret", name)
    chosen = {"selected_repository_ids": [repository.private_id]}
    stage.create(thing, absent, lambda: stage.api("user-secret-create", "PUT", path, {**value, **chosen}))
    stage.api("user-secret", "GET", path)
    _repositories_of(stage, "user-secret-repositories", path)
    stage.api("user-secret-without-list", "PUT", path, sealed(key, "crreg-live-2"))
    _repositories_of(stage, "user-secret-after", path)
    _delete(stage, "user-secret-delete", path, thing)


def variables(stage: Stage, repository: Repositories) -> None:
    """Write an Actions variable, and list what Actions has."""
    base, name = f"/repos/{repository.private}/actions", secret_name(stage.run)
    variable = {"name": name, "value": "crreg-live"}
    stage.api("variable-create", "POST", f"{base}/variables", variable)
    stage.api("variable", "GET", f"{base}/variables/{name}")
    stage.api("variables", "GET", f"{base}/variables")
    stage.api("variable-again", "POST", f"{base}/variables", variable)
    stage.api("variable-update", "PATCH", f"{base}/variables/{name}", {"value": "crreg-live-2"})
    stage.api("actions-secrets", "GET", f"{base}/secrets")
    stage.api("actions-organization-secrets", "GET", f"{base}/organization-secrets")


def issues(stage: Stage, repository: Repositories) -> None:
    """Open, list and close an issue."""
    base = f"/repos/{repository.private}/issues"
    created = stage.api("issue-create", "POST", base, {"title": "crreg-live", "body": "crreg-live"})
    stage.api("issues", "GET", f"{base}?state=open")
    stage.api("issue-close", "PATCH", f"{base}/{number(created, 'number')}", {"state": "closed"})


def _repositories_of(stage: Stage, step: str, path: str) -> None:
    stage.api(step, "GET", f"{path}/repositories", facts=lambda found: {"repositories": found["total_count"]})


def _delete(stage: Stage, step: str, path: str, thing: Thing) -> Answered:
    answered = stage.api(step, "DELETE", path)
    if answered.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND):
        stage.journal.gone(thing)
    return answered
