from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.sandbox.registry import Registry, running_registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with running_registry(tmp_path / "registry") as registry:
        yield registry
