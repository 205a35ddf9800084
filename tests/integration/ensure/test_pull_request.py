"""What the action and the command write must not be up to a pull request's files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sandbox.command import CRREG, surroundings
from sandbox.credentials import leaks_in
from tests.integration.ensure.scene import REPOSITORY, Scene

ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"


FORK = {"event": "pull_request", "head_repository": {"full_name": "mallory/app"}}
OWN = {"event": "push", "head_repository": {"full_name": REPOSITORY}}


@pytest.mark.parametrize(
    ("event", "follows", "written"),
    [
        ("pull_request", None, 0),
        ("pull_request_target", None, 0),
        ("issue_comment", None, 0),
        ("merge_group", None, 0),
        ("workflow_run", None, 0),
        ("workflow_run", FORK, 0),
        ("workflow_run", OWN, 3),
        ("push", None, 3),
        ("schedule", None, 3),
    ],
)
@pytest.mark.parametrize("by", ["action", "command"])
def test_a_pull_request_is_shown_what_a_run_on_a_branch_writes(
    scene: Scene, by: str, event: str, follows: dict[str, object] | None, written: int
) -> None:
    scene.values = scene.azure()
    payload = scene.folder / "event.json"
    payload.write_text(json.dumps({"repository": {"full_name": REPOSITORY}, "workflow_run": follows}))
    scene.variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": os.fspath(payload),
    }
    scene.github.forget()
    ended = subprocess.run(
        [sys.executable, ENTRYPOINT] if by == "action" else [CRREG, "ensure"],
        cwd=scene.folder,
        env={
            **surroundings(),
            **scene.environment(),
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
    lines = (ended.stdout + ended.stderr).splitlines()
    assert leaks_in("\n".join(line for line in lines if not line.startswith("::add-mask::"))) == ()
    assert "+ create" in ended.stdout, ended.stdout + ended.stderr
    assert ended.returncode == 0
    said = (
        "::notice title=Only planned%2C nothing written::"
        if by == "action"
        else "Only planned, nothing written: "
    )
    assert (said in ended.stdout + ended.stderr) is (written == 0)
    assert len(scene.writes()) == written
    assert len(scene.stored("repository")) == written
    assert REPOSITORY in ended.stdout
