"""Fixtures that give a test a GitHub of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox.github.control import GitHubSandbox


@contextmanager
def fresh(sandbox: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """Empty a GitHub, and at the end hold every request and every answer to GitHub's description."""
    sandbox.reset()
    yield sandbox
    violations = sandbox.violations()
    # pytest explains only the assertions of test modules, so this one brings its own words.
    assert violations == [], "GitHub's description was broken:\n" + "\n".join(violations)


@pytest.fixture(scope="session")
def github_server() -> Iterator[GitHubSandbox]:
    """One process for the whole run."""
    with GitHubSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def github(github_server: GitHubSandbox) -> Iterator[GitHubSandbox]:
    """An empty GitHub, and a test that fails if it breaks GitHub's description."""
    with fresh(github_server) as sandbox:
        yield sandbox
