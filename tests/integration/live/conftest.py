"""A stand-in for the real services, and what the sandbox answers."""

from collections.abc import Iterator

import pytest
from live.profiles import PROFILES
from live.reference import running_reference
from live.stage import Record
from live.web import network
from sandbox.github.control import GitHubSandbox
from tests.integration.live.stand_in import ACCOUNT, StandIn


@pytest.fixture(scope="module")
def stand_in(github_server: GitHubSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One for a module, held to GitHub's description."""
    github_server.reset()
    folder = tmp_path_factory.mktemp("stand-in")
    with running_reference(folder, ACCOUNT, github_server) as reference, network() as send:
        yield StandIn(reference, send)
    assert github_server.violations() == []


@pytest.fixture(scope="module")
def sandbox_record(stand_in: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What the sandbox answers to everything."""
    return stand_in.run(tmp_path_factory.mktemp("record") / "journal", dict(PROFILES))
