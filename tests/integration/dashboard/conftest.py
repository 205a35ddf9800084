"""The installed command, Chromium, and the page about an organization of three hundred repositories."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.integration.dashboard.remembered import remember

HERE = Path(__file__).parent
CRREG = Path(sys.executable).with_name("crreg")


def write(state: Path, output: Path) -> subprocess.CompletedProcess[str]:
    """Run `crreg dashboard` and return how it ended."""
    return subprocess.run(
        [CRREG, "dashboard", "--state", state, "--output", output],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath},
        cwd=state.parent,
    )


def browse(script: str, *arguments: str) -> Any:
    """Run a script of this folder in Node, and return the JSON that it prints."""
    ended = subprocess.run(
        ["node", HERE / script, *arguments], capture_output=True, text=True, check=False, timeout=200
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.fixture(scope="session")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state file about two organizations."""
    path = tmp_path_factory.mktemp("dashboard") / "crreg.state"
    remember(path)
    remember(path, 20, 2, organization="beta")
    return path


@pytest.fixture(scope="session")
def page(remembered: Path) -> Path:
    """The folder with its page."""
    folder = remembered.with_name("site")
    ended = write(remembered, folder)
    assert ended.returncode == 0, ended.stderr
    return folder
