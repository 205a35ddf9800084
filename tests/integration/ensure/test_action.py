"""The action with `mode: ensure`, run as the container runs it: log, annotations, summary, outputs, masks."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.integration.ensure.scene import REPOSITORY, Scene, names
from tests.sandbox.aws import ECR_HOST
from tests.sandbox.command import surroundings
from tests.sandbox.credentials import leaks_in

ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"
MASK = "::add-mask::"


@dataclass(frozen=True)
class Step:
    """A step that has ended."""

    code: int
    log: list[str]
    """Without the lines that mask."""
    masks: list[str]
    summary: str
    outputs: dict[str, str]


def step(scene: Scene, **inputs: str) -> Step:
    """Run the action's step; nothing that it wrote but the masks holds a secret."""
    summary, output = scene.folder / "summary", scene.folder / "output"
    for file in (summary, output):
        file.write_text("")
    given = {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
    ended = subprocess.run(
        [sys.executable, ENTRYPOINT],
        env={
            **surroundings(),
            **scene.environment(),
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "schedule",
            **scene.variables,
            "GITHUB_WORKSPACE": os.fspath(scene.folder),
            "GITHUB_STEP_SUMMARY": os.fspath(summary),
            "GITHUB_OUTPUT": os.fspath(output),
            "INPUT_MODE": "ensure",
            "INPUT_TOKEN": scene.token,
            **given,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = ended.stdout.splitlines()
    log = [line for line in lines if not line.startswith(MASK)]
    assert leaks_in("\n".join(log) + ended.stderr + summary.read_text() + output.read_text()) == ()
    masks = [line.removeprefix(MASK) for line in lines if line.startswith(MASK)]
    return Step(ended.returncode, log, masks, summary.read_text(), _outputs(output.read_text()))


def _outputs(text: str) -> dict[str, str]:
    lines = text.splitlines()
    return {lines[i].partition("<<")[0]: lines[i + 1] for i in range(0, len(lines), 3)}


def test_a_step_tells_the_plan_writes_it_and_says_that_it_is_done(scene: Scene) -> None:
    scene.values = scene.azure()
    ended = step(scene, report_file="report.json")
    assert ended.code == 0, ended.log
    assert ended.outputs == {
        "status": "healthy",
        "errors": "0",
        "warnings": "0",
        "missing": "[]",
        "report": "report.json",
    }
    assert "✅ **Healthy: 3 created\\.**" in ended.summary
    assert [line for line in ended.log if "::error" in line] == []
    report = json.loads((scene.folder / "report.json").read_text())
    assert [change["outcome"] for change in report["changes"]] == ["done"] * 3
    assert scene.stored("repository") == scene.azure()


def test_a_dry_run_says_what_is_missing_and_writes_nothing(scene: Scene) -> None:
    scene.values = scene.azure()
    ended = step(scene, dry_run="true", level="organization")
    assert (ended.code, json.loads(ended.outputs["missing"])) == (0, names("ACR"))
    assert "3 to create" in ended.summary
    assert scene.stored("organization") == {}


def test_what_is_refused_is_annotated_and_fails_the_step(scene: Scene) -> None:
    scene.values = scene.azure() | {names("ACR")[2]: "wrong-password"}
    ended = step(scene)
    assert (ended.code, ended.outputs["status"], ended.outputs["errors"]) == (1, "unhealthy", "1")
    assert [line.partition("::The")[0] for line in ended.log if line.startswith("::error")] == [
        "::error title=login-failed%3A ACR"
    ]
    assert scene.stored("repository") == {}
    forced = step(scene, force="true")
    assert (forced.code, scene.stored("repository")[names("ACR")[2]]) == (0, "wrong-password")


def test_a_minted_token_is_masked(scene: Scene) -> None:
    scene.variables = scene.world.aws.environment(scene.world.aws.puller)
    scene.configure(f"registries: {{ECR: {{server: {ECR_HOST}, rotate: ecr-token}}}}")
    ended = step(scene)
    assert (ended.code, ended.outputs["status"]) == (0, "healthy")
    token = scene.world.aws.token.password
    assert token in ended.masks
    assert scene.world.aws.puller.password in ended.masks
    assert scene.stored("repository", "ECR")[names("ECR")[2]] == token


def test_a_step_without_a_token_fails_and_a_forks_says_why_it_wrote_nothing(
    scene: Scene,
) -> None:
    scene.values = scene.azure()
    ended = step(scene, token="")
    assert (ended.code, ended.outputs["status"]) == (3, "unknown")
    event = {
        "pull_request": {
            "head": {"repo": {"full_name": "mona/app"}},
            "base": {"repo": {"full_name": REPOSITORY}},
        }
    }
    (scene.folder / "event.json").write_text(json.dumps(event))
    scene.variables = {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": os.fspath(scene.folder / "event.json"),
    }
    fork = step(scene, token="")
    assert (fork.code, fork.outputs) == (0, {})
    assert [line for line in fork.log if line.startswith("::notice title=Nothing was ensured::")]
