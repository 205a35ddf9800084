"""A repository, and the stores of its codespaces' secrets."""

from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.ensure.scene import REPOSITORY, Scene

SCOPES = ("repo", "admin:org", "codespace:secrets")


@pytest.fixture
def scene(world: World, github: GitHubSandbox, tmp_path: Path) -> Scene:
    """Private repositories of an organization, whose administrator's token may do everything."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    for name in (REPOSITORY, "acme/api", "acme/web"):
        github.add_repository(name)
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    folder = tmp_path / "app"
    folder.mkdir()
    return Scene(world, github, folder, token)
