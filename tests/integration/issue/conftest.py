"""A repository that is checked on a schedule, and the world that its secrets are good for."""

from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.issue.scene import REPOSITORY, Schedule

SCOPES = ("repo", "admin:org", "codespace:secrets")


@pytest.fixture
def schedule(world: World, github: GitHubSandbox, tmp_path: Path) -> Schedule:
    """A private repository whose triple works, and which needs one image that is there."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    token = credentials.register(github.add_token("classic", owner="mona", scopes=SCOPES))
    workflow = github.add_token(
        "workflow", permissions={"issues": "write"}, resource_owner="acme", repositories=[REPOSITORY]
    )
    schedule = Schedule(world, github, tmp_path, token, credentials.register(workflow))
    schedule.heal()
    return schedule
