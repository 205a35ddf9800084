"""What a copy from registry to registry loads before it sends its first request."""

import subprocess
import sys

import pytest

LOADED = "import sys; import crreg.publish.run; print(*sys.modules, sep='\\n')"


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    ended = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    return set(ended.stdout.split())


@pytest.mark.parametrize(
    "module", ["yaml", "docker", "crreg.engine.engine", "crreg.discovery.dockerfile.images"]
)
def test_a_copy_starts_without_what_only_a_build_or_a_configuration_needs(
    loaded: set[str], module: str
) -> None:
    assert "crreg.registry.copy.transfer" in loaded
    assert module not in loaded
