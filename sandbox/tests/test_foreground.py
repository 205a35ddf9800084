"""`python -m sandbox` writes a file to source and a checkout, and removes everything when it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

_ROOT = Path(__file__).parents[2]
_NETWORK = Path("/sys/class/net")
_TRY = """
set -e
echo "$SANDBOX_ACME_AZURECR_IO_CONTAINER_REGISTRY_PASSWORD" |
    docker login --username octocat --password-stdin acme.azurecr.io
docker pull acme.azurecr.io/dev/base:1
gh secret set ACR_CONTAINER_REGISTRY_SERVER --app codespaces --body acme.azurecr.io
gh secret list --app codespaces
crreg images
docker network inspect bridge --format '{{index .Options "com.docker.network.bridge.name"}}'
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_its_directions_lead_docker_and_gh_into_the_world(tmp_path: Path, number: signal.Signals) -> None:
    environment = {**os.environ, "GH_CONFIG_DIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=_ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as sandbox:
        assert sandbox.stdout is not None
        directions: list[str] = []
        while not (directions and directions[-1].startswith("# Try:")):
            directions.append(sandbox.stdout.readline())
            assert directions[-1], sandbox.communicate()[1]
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        into = next(line for line in directions if line.startswith(". "))
        file = Path(into.split()[1])
        exported = file.read_text().splitlines(keepends=True)
        assert file.stat().st_mode & 0o077 == 0
        script = into + _TRY
        tried = subprocess.run(
            ["sh", "-c", script],
            env={**environment, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        sandbox.send_signal(number)
        rest, errors = sandbox.communicate(timeout=60)
    assert (tried.returncode, "ACR_CONTAINER_REGISTRY_SERVER" in tried.stdout) == (0, True), tried.stderr
    assert ".devcontainer/devcontainer.json" in tried.stdout
    assert (sandbox.returncode, rest, errors.splitlines()[-1]) == (0, "", "Stopped.")
    assert [folder for folder in _folders(exported) if folder.exists()] == []
    bridge = tried.stdout.splitlines()[-1]
    assert bridge.startswith("crreg")
    assert not (_NETWORK / bridge).exists()


def _folders(lines: list[str]) -> list[Path]:
    """The folders of the engine and of everything else, from the file to source."""
    values = dict(line.removeprefix("export ").rstrip().split("=", 1) for line in lines if "=" in line)
    return [
        Path(values["DOCKER_HOST"].removeprefix("unix://")).parent,
        Path(values["SSL_CERT_FILE"]).parents[1],
    ]
