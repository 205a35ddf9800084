"""Fixtures that give a test a GitHub of its own."""

from collections.abc import Iterator

import pytest
from tests.sandbox.github.control import GitHubSandbox


@pytest.fixture(scope="session")
def github_server() -> Iterator[GitHubSandbox]:
    """One process for the whole run."""
    with GitHubSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def github(github_server: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """An empty GitHub; at the end, no request and no answer has broken GitHub's description."""
    github_server.reset()
    yield github_server
    assert github_server.violations() == []
