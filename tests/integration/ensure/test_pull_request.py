"""What the action writes must not be up to a pull request's files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.ensure.scene import REPOSITORY, Scene
from tests.sandbox.command import surroundings
from tests.sandbox.credentials import leaks_in

ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"


@pytest.mark.parametrize(
    ("event", "written"), [("pull_request", 0), ("pull_request_target", 0), ("push", 3), ("schedule", 3)]
)
def test_a_pull_request_is_shown_what_a_run_on_a_branch_writes(
    scene: Scene, event: str, written: int
) -> None:
    scene.values = scene.azure()
    scene.github.forget()
    ended = subprocess.run(
        [sys.executable, ENTRYPOINT],
        env={
            **surroundings(),
            **scene.environment(),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_WORKSPACE": os.fspath(scene.folder),
            "INPUT_MODE": "ensure",
            "INPUT_TOKEN": scene.token,
            "INPUT_GITHUB-API-URL": scene.github.url,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert leaks_in(ended.stdout + ended.stderr) == ()
    assert "+ create" in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 0
    assert ("::notice title=Planned%2C and nothing written::" in ended.stdout) is (written == 0)
    assert len(scene.writes()) == written
    assert len(scene.stored("repository")) == written
    assert REPOSITORY in ended.stdout
