"""README's first check, followed to the letter: the token it asks for, the secrets, and the workflow to paste."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from sandbox.credentials import credential, register
from tests.e2e.called import PROJECT, Called
from tests.e2e.image import ROOT
from tests.e2e.scene import (
    IMAGE,
    ORGANIZATION,
    OWNER,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    devcontainer,
    pull_request,
    triple,
)
from tests.e2e.workflow import REPOSITORY, STEP, Consumer, Run, shown_jobs

pytestmark = [pytest.mark.container, pytest.mark.engine]

README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS = r"^https://github\.com/settings/personal-access-tokens/new\?\S+$"
FILES_OF_THE_IMAGE = ".devcontainer/devcontainer.json"


def test_the_first_check_is_green_where_all_is_well(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    values = triple("ACR", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value)

    run = follow(scene, called, f"{registry.address}/{IMAGE}", values)

    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code) == (True, 0)
    assert [one.title for one in run.annotations if one.severity == "error"] == []
    assert f"`{registry.address}/{IMAGE}`" in run.summary


def test_without_the_values_all_but_the_login_is_checked(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    scene.github.add_secret("repository", REPOSITORY, "ACR_CONTAINER_REGISTRY_USER", user.user)

    run = follow(scene, called, f"{registry.address}/{IMAGE}", {})

    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code) == (False, 1)
    assert "missing-secret: ACR" in {one.title for one in run.annotations}


def follow(scene: Scene, called: Called, image: str, values: Mapping[str, str]) -> Run:
    """Do what README says in a repository whose dev container is `image`; `values` are stored as Actions secrets."""
    folder = scene.folder / "repository"
    folder.mkdir()
    return Consumer(folder, None, {FILES_OF_THE_IMAGE: devcontainer(image)}).run_jobs(
        shown_jobs(job(scene.github.url)),
        "pull_request",
        engine_host=scene.engine.host,
        stored={**values, "CODESPACES_ADMIN_TOKEN": token(scene)},
        payload=pull_request(REPOSITORY),
        repositories=called.repositories,
    )


def token(scene: Scene) -> str:
    """The token that README's address for organizations makes, for the one repository."""
    [address] = re.findall(ADDRESS, README, re.MULTILINE)
    asked = {name: value for name, [value] in parse_qs(urlsplit(address).query).items()}
    chosen = {name: value for name, value in asked.items() if value in ("read", "write")}
    made = scene.github.add_token(
        "fine-grained",
        owner=OWNER,
        resource_owner=asked["target_name"].replace("ORGANIZATION", ORGANIZATION),
        repositories=[REPOSITORY],
        # GitHub adds the permission to read metadata by itself.
        permissions={"metadata": "read", **chosen},
    )
    return register(made)


def job(api_url: str) -> dict[str, Any]:
    """The job of the workflow to paste, asking the sandbox's GitHub."""
    [block] = [text for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL) if "\njobs:\n" in text]
    [found] = yaml.safe_load(block)["jobs"].values()
    [ours] = [step for step in found["steps"] if step["uses"] == f"{PROJECT}@v1"]
    ours |= {"id": STEP, "with": {**ours["with"], "github-api-url": api_url}}
    assert isinstance(found, dict)
    return found
