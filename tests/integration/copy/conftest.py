"""Two registries for each test: one to copy from and one to copy to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sandbox.registry import Registry, running_registry
from tests.integration.copy.scene import CLIENTS
from tests.integration.copy.shelf import Shelf


@pytest.fixture(autouse=True)
def closed_clients() -> Iterator[None]:
    """Close the connections that a test opened."""
    yield
    while CLIENTS:
        CLIENTS.pop().__exit__(None, None, None)


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "source") as registry:
        yield registry


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "target") as registry:
        yield registry


@pytest.fixture
def shelf(source: Registry) -> Shelf:
    return Shelf(source, "dev/base")


@pytest.fixture
def mirror(target: Registry) -> Shelf:
    return Shelf(target, "o/r")
