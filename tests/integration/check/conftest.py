"""A repository, the secrets of its codespaces, the world that they are good for, and its weather."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.check.weather import Weather

SCOPES = ("repo", "admin:org", "codespace:secrets")


@pytest.fixture
def scene(world: World, github: GitHubSandbox, tmp_path: Path) -> Scene:
    """A private repository of an organization, whose administrator's token may list everything."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    folder = tmp_path / "app"
    folder.mkdir()
    return Scene(world, github, folder, token=token)


@pytest.fixture
def weather(scene: Scene) -> Iterator[Weather]:
    """Servers that can go wrong, in front of the scene's."""
    with contextlib.ExitStack() as stack:
        yield Weather(scene, stack)
