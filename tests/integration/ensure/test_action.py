"""The action with `mode: ensure`, run as the container runs it: log, annotations, summary, outputs, masks."""

import json
import os

from sandbox.aws import ECR_HOST
from sandbox.command import Step, action_step
from tests.integration.ensure.scene import REPOSITORY, Scene, names


def step(scene: Scene, **inputs: str) -> Step:
    """Run the action's step, by default in a scheduled run."""
    environment = {**scene.environment(), "GITHUB_EVENT_NAME": "schedule", **scene.variables}
    return action_step(
        environment, scene.folder, scene.folder, mode="ensure", **{"token": scene.token, **inputs}
    )


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
