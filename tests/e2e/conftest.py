"""The action, built once for the whole run, and the scene that its workflows are run in."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.credentials import Credential
from sandbox.engine import Engine
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pusher
from sandbox.registry import Htpasswd, Registry, running_registry
from tests.e2e.called import Called
from tests.e2e.image import Action
from tests.e2e.scene import IMAGE, OpenRegistry, Scene


@pytest.fixture(scope="session")
def action(engine: Engine, base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Action:
    assert base_image
    return Action.build(engine.host, tmp_path_factory.mktemp("action"))


@pytest.fixture(scope="session")
def action_image(action: Action) -> str:
    """The tag of the built image."""
    return action.image


@pytest.fixture(scope="session")
def called(action: Action, tmp_path_factory: pytest.TempPathFactory) -> Called:
    """What stands for the repositories that a caller's workflow names."""
    return Called.prepare(action, tmp_path_factory.mktemp("called"))


@pytest.fixture
def scene(engine: Engine, action: Action, github: GitHubSandbox, tmp_path: Path) -> Scene:
    scene = Scene(engine, action, github, tmp_path)
    scene.add_repository()
    return scene


@pytest.fixture
def open_registry(tmp_path: Path) -> Iterator[OpenRegistry]:
    """Starts registries that hold IMAGE and let in one user."""
    with contextlib.ExitStack() as stack:

        def start(user: Credential) -> Registry:
            folder = tmp_path / f"registry-{user.user}"
            registry = stack.enter_context(running_registry(folder, auth=Htpasswd([user])))
            Pusher(registry.backend, authorization=user.basic).push(*IMAGE.split(":"))
            return registry

        yield start
