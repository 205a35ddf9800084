"""An organization with a repository, its GHCR, and a registry to copy from."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.registry import Registry, running_registry
from sandbox.tests.ghcr_scene import add_acme
from sandbox.world import World
from tests.integration.publish.scene import Scene


@pytest.fixture(scope="session")
def shared_source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One anonymous registry for the whole run."""
    with running_registry(tmp_path_factory.mktemp("source")) as registry:
        yield registry


@pytest.fixture
def scene(world: World, github: GitHubSandbox, ghcr: Ghcr, shared_source: Registry, tmp_path: Path) -> Scene:
    """A workflow of a private repository that may write packages, and nothing published yet."""
    add_acme(github)
    shared_source.clear()
    folder = tmp_path / "app"
    folder.mkdir()
    scene = Scene(world, github, ghcr, shared_source, folder)
    scene.use_workflow()
    return scene
