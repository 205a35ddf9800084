"""The organization of the tests."""

from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.organization.scene import AZURE, SCOPES, Organization


@pytest.fixture
def acme(world: World, github: GitHubSandbox, tmp_path: Path) -> Organization:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    world.places[AZURE].push("dev/base", "1")
    return Organization(world, github, tmp_path, token)
