"""What the tests of the sandbox share."""

from pathlib import Path

import pytest


@pytest.fixture
def authfile(tmp_path: Path) -> str:
    """Where skopeo keeps what it logged in with, away from the person's own."""
    return str(tmp_path / "auth.json")
