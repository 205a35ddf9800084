"""`customizations.codespaces.repositories`: what `crreg check` says of it is what the start of a codespace does."""

import json
from typing import Any

import pytest
from sandbox import credentials
from sandbox.codespace import Codespaces
from sandbox.engine import Engine
from sandbox.ghcr import Ghcr
from sandbox.images import Pusher
from tests.integration.check.scene import REPOSITORY, Scene

pytestmark = pytest.mark.engine
IMAGE = "ghcr.io/acme/base:1"
OTHER = "acme/base"


@pytest.fixture
def linked_elsewhere(scene: Scene, ghcr: Ghcr) -> Scene:
    """The dev container needs a private package of another repository of the same owner."""
    scene.github.add_user("hubot")
    scene.github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    scene.github.add_repository(REPOSITORY)
    scene.github.add_repository(OTHER)
    scene.github.add_package("acme", "base", repository=OTHER)
    Pusher(ghcr.backend).push("acme/base", "1")
    scene.variables["GITHUB_API_URL"] = scene.world.api_of(scene.github.url)
    scopes = ("repo", "admin:org", "codespace:secrets", "read:packages")
    scene.token = credentials.register(scene.github.add_token("classic", owner="mona", scopes=scopes))
    return scene


@pytest.fixture
def codespaces(linked_elsewhere: Scene, world_engine: Engine) -> Codespaces:
    return Codespaces(linked_elsewhere.github, world_engine, linked_elsewhere.world.aws.url, ghcr=True)


def need(scene: Scene, *lines: str) -> dict[str, Any]:
    """Write a devcontainer.json that has the image and those lines, and return it."""
    text = "{" + ",\n".join([f'"image": "{IMAGE}"', *lines]) + "}"
    scene.write(".devcontainer/devcontainer.json", text)
    configuration = json.loads(text)
    assert isinstance(configuration, dict)
    return configuration


def verdict(scene: Scene) -> tuple[str, list[tuple[str, str]]]:
    """The status and, for each finding, its rule and severity."""
    document = scene.check().document
    return document["status"], [(each["rule"], each["severity"]) for each in document["findings"]]


def snippet(scene: Scene) -> str:
    """What the finding gives to write into devcontainer.json."""
    [finding] = scene.check().document["findings"]
    return next(str(step["value"]) for step in finding["steps"] if step["kind"] == "snippet")


def started(codespaces: Codespaces, authorized: dict[str, Any] | None = None) -> bool:
    return codespaces.start(IMAGE, repository=REPOSITORY, person="hubot", authorized=authorized).started


def test_a_package_that_nobody_asks_for_is_refused(linked_elsewhere: Scene, codespaces: Codespaces) -> None:
    need(linked_elsewhere)
    assert verdict(linked_elsewhere) == ("unhealthy", [("package-not-accessible", "error")])
    assert started(codespaces) is False


def test_asked_for_with_the_lines_of_the_finding_and_authorized_it_is_pulled(
    linked_elsewhere: Scene, codespaces: Codespaces
) -> None:
    need(linked_elsewhere)
    configuration = need(linked_elsewhere, snippet(linked_elsewhere))
    assert verdict(linked_elsewhere) == ("unknown", [("package-not-accessible", "warning")])
    assert started(codespaces, configuration)


def test_asked_for_and_not_authorized_it_is_refused_and_the_check_says_unknown(
    linked_elsewhere: Scene, codespaces: Codespaces
) -> None:
    need(linked_elsewhere)
    need(linked_elsewhere, snippet(linked_elsewhere))
    ended = codespaces.start(IMAGE, repository=REPOSITORY, person="hubot")
    assert (ended.started, "denied" in ended.errors[0]) == (False, True)
    assert verdict(linked_elsewhere) == ("unknown", [("package-not-accessible", "warning")])


def test_a_package_that_does_not_have_the_repository_s_access_is_refused_all_the_same(
    linked_elsewhere: Scene, codespaces: Codespaces
) -> None:
    need(linked_elsewhere)
    configuration = need(linked_elsewhere, snippet(linked_elsewhere))
    linked_elsewhere.github.packages.set("acme", "base", inherits=False)
    assert started(codespaces, configuration) is False
