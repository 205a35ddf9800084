"""Fixtures that give each test its own GitHub."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.github.control import GitHubSandbox


@contextmanager
def fresh(sandbox: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """Empty a GitHub, and check at the end that no request or answer violated GitHub's description."""
    sandbox.reset()
    yield sandbox
    violations = sandbox.violations()
    # pytest explains only the assertions of test modules, so this one has its own message.
    assert violations == [], "GitHub's description was broken:\n" + "\n".join(violations)


@pytest.fixture(scope="session")
def github_server() -> Iterator[GitHubSandbox]:
    """One process for the whole run."""
    with GitHubSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def github(github_server: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """An empty GitHub; the test fails if a request or answer violates GitHub's description."""
    with fresh(github_server) as sandbox:
        yield sandbox
