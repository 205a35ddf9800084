"""What a consumer's workflow meets: an organization's repository on the sandbox's GitHub, and its registries."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sandbox.credentials import Credential, leaks_in, register
from sandbox.engine import Engine
from sandbox.github.control import GitHubSandbox
from sandbox.registry import Registry
from tests.e2e.called import Called, example_job
from tests.e2e.image import Action
from tests.e2e.workflow import REPOSITORY, STEP, Consumer, Run, is_variable, shown_jobs

OWNER = "ada"
ORGANIZATION = REPOSITORY.partition("/")[0]
TOKEN = {"token": "${{ secrets.ADMIN_TOKEN }}"}
"""The input that hands on the Actions secret that holds the token."""
IMAGE = "dev/base:1"
"""What every registry holds."""
OpenRegistry = Callable[[Credential], Registry]
"""Starts a registry that lets in one user."""
EVERY_SCOPE = ("repo", "admin:org", "codespace:secrets")
PART_NAMES = ("SERVER", "USER", "PASSWORD")


@dataclass(frozen=True, slots=True)
class Scene:
    """Runs consumers' workflows against one GitHub."""

    engine: Engine
    action: Action
    github: GitHubSandbox
    folder: Path

    def run(
        self,
        files: Mapping[str, str],
        *,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        inputs: Mapping[str, str],
        env: Mapping[str, str] | None = None,
        stored: Mapping[str, str],
    ) -> Run:
        """Run the workflow of a repository with these files; `github-api-url` is added to the inputs.

        A further run is one of the same repository.
        """
        folder = self.folder / "repository"
        folder.mkdir(exist_ok=True)
        return Consumer(folder, self.action, files).run(
            event,
            engine_host=self.engine.host,
            inputs={"github-api-url": self.github.url, **inputs},
            env=env or {},
            stored=stored,
            payload=payload,
        )

    def follow(
        self,
        called: Called,
        example: str,
        files: Mapping[str, str],
        *,
        event: str = "push",
        payload: Mapping[str, Any] | None = None,
        inputs: Mapping[str, object],
        stored: Mapping[str, str],
        surroundings: Mapping[str, str] = MappingProxyType({}),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> Run:
        """Run the example of that name in a repository with these files, which does not have the action.

        `inputs` stand in place of the example's own, or beside them.
        """
        folder = self.folder / "repository"
        folder.mkdir(exist_ok=True)
        job = example_job(example, {"github-api-url": self.github.url, **inputs}, step=STEP)
        return Consumer(folder, None, files).run_jobs(
            shown_jobs(job),
            event,
            engine_host=self.engine.host,
            stored=stored,
            payload=payload,
            repositories=called.repositories,
            surroundings=surroundings,
            variables=variables,
        )

    def add_repository(self) -> None:
        """The organization, its admin and its private repository."""
        self.github.add_user(OWNER)
        self.github.add_organization(ORGANIZATION, members={OWNER: "admin"})
        self.github.add_repository(REPOSITORY)

    def token(self) -> str:
        """A classic token that may list the secrets of every level."""
        return register(self.github.add_token("classic", owner=OWNER, scopes=EVERY_SCOPE))


def secret_names(identifier: str) -> tuple[str, ...]:
    """The three names of a triple."""
    return tuple(f"{identifier}_CONTAINER_REGISTRY_{part}" for part in PART_NAMES)


def triple(identifier: str, server: str, credential: Credential) -> dict[str, str]:
    """The three secrets of a triple, with their values."""
    values = (server, credential.user, credential.password)
    return dict(zip(secret_names(identifier), values, strict=True))


def references(names: tuple[str, ...] | Mapping[str, str]) -> dict[str, str]:
    """Names to the expressions that hand the Actions variables and secrets of these names on."""
    return {name: f"${{{{ {'vars' if is_variable(name) else 'secrets'}.{name} }}}}" for name in names}


def devcontainer(image: str) -> str:
    """A devcontainer.json whose second line names the image."""
    return f'{{\n  "image": "{image}"\n}}\n'


def span(image: str) -> tuple[int, int, int]:
    """Line, column and end column of the image in such a file."""
    start = len('  "image": "') + 1
    return 2, start, start + len(image)


def pull_request(head: str) -> dict[str, Any]:
    """The event of a pull request whose branch is in the repository `head`."""
    fork = head != REPOSITORY
    return {
        "action": "synchronize",
        "number": 7,
        "pull_request": {
            "number": 7,
            "head": {"ref": "topic", "sha": "a" * 40, "repo": {"full_name": head, "fork": fork}},
            "base": {"ref": "main", "sha": "b" * 40, "repo": {"full_name": REPOSITORY, "fork": False}},
        },
        "repository": {"full_name": REPOSITORY, "default_branch": "main", "private": True},
    }


def report_of(run: Run) -> dict[str, Any]:
    """The JSON report that a later step read from the workspace."""
    assert run.report is not None
    loaded: dict[str, Any] = json.loads(run.report)
    return loaded


def assert_nothing_leaked(run: Run) -> None:
    """No value of a secret in any form, wherever the run can be read."""
    assert leaks_in(run.shown) == ()
    assert leaks_in(run.summary) == ()
    assert leaks_in(json.dumps(dict(run.outputs))) == ()
    assert leaks_in(run.report or "") == ()
    assert leaks_in(run.sarif or "") == ()
