"""Fixtures that the sandbox's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.registry import Registry, running_registry
from sandbox.tests.ghcr_scene import Skopeo
from sandbox.world import World


@pytest.fixture
def authfile(tmp_path: Path) -> str:
    """The file where skopeo stores its logins, separate from the user's own."""
    return str(tmp_path / "auth.json")


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Registry]:
    """A registry without authentication, to copy from."""
    with running_registry(tmp_path / "source") as registry:
        yield registry


@pytest.fixture
def skopeo(world: World, source: Registry, tmp_path: Path) -> Skopeo:
    """Copies to GHCR and back; the source has `dev/base:1`."""
    skopeo = Skopeo(world, source, tmp_path)
    skopeo.put()
    return skopeo
