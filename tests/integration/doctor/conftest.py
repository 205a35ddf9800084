"""A codespace of a private repository of an organization."""

from pathlib import Path

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.doctor.scene import REPOSITORY, Scene, codespace_token


@pytest.fixture
def scene(world: World, github: GitHubSandbox, tmp_path: Path) -> Scene:
    """Started by a member, who administers nothing."""
    for login in ("mona", "hubot"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_repository(REPOSITORY, collaborators={"hubot": "write"})
    folder = tmp_path / "app"
    folder.mkdir()
    return Scene(world, github, folder, codespace_token(github))
