"""The scene of a check, and a person's shell in it with the real gh."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.check.conftest import SCOPES
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import shell_environment
from tests.integration.paste.terminal import Terminal, open_terminal


@pytest.fixture
def scene(world: World, github: GitHubSandbox, tmp_path: Path) -> Scene:
    """A private repository of an organization, and an owner's token, at an address that gh can ask."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    folder = tmp_path / "app"
    folder.mkdir()
    return Scene(world, github, folder, token=token, variables={"GITHUB_API_URL": world.api_of(github.url)})


@pytest.fixture
def sit_down(scene: Scene, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    """Open a shell in the scene's folder."""
    with contextlib.ExitStack() as stack:

        def open_shell(**environment: str) -> Terminal:
            variables = {**shell_environment(scene, tmp_path, tmp_path / "home"), **environment}
            return stack.enter_context(open_terminal("bash", scene.folder, variables))

        yield open_shell
