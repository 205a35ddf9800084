"""Which runs may change anything, and which have no secrets, told by the event that started them."""

import json
from pathlib import Path

import pytest

from crreg.facts.workflow_event import Event, read_event, read_event_of_command

APP = {"full_name": "acme/app"}
FORK = {"full_name": "mallory/app"}
WRITES = ("push", "schedule", "workflow_dispatch", "repository_dispatch", "release")
PLANS = (
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "issue_comment",
    "issues",
    "merge_group",
    "deployment",
    "deployment_status",
    "check_suite",
    "create",
    "discussion_comment",
    "workflow_call",
    "Push",
    "push ",
    "a_new_event",
    "\x1b[31m::error::x",
    "",
)


def run(tmp_path: Path, name: str, payload: object = None, **environment: str) -> dict[str, str]:
    path = tmp_path / "event.json"
    if payload is not None:
        path.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(path),
        "GITHUB_REPOSITORY": "acme/app",
        **environment,
    }


def after(event: object = "push", head: object = APP, own: object = APP, **more: object) -> dict[str, object]:
    return {"repository": own, "workflow_run": {"event": event, "head_repository": head, **more}}


@pytest.mark.parametrize("name", WRITES)
def test_what_only_someone_with_write_access_causes_may_write(tmp_path: Path, name: str) -> None:
    assert read_event(run(tmp_path, name)) == Event()
    assert read_event_of_command(run(tmp_path, name)).may_write


@pytest.mark.parametrize(
    ("repository", "is_public"),
    [
        ({"private": False}, True),
        ({"private": True}, False),
        ({"private": 0}, False),
        ({"private": "false"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_anyone_can_read_the_run_of_a_public_repository(
    tmp_path: Path, repository: object, *, is_public: bool
) -> None:
    payload = {"schedule": "0 5 * * *", "repository": repository}
    assert read_event(run(tmp_path, "schedule", payload)).is_public is is_public


@pytest.mark.parametrize("name", PLANS)
def test_every_other_event_plans_and_says_where_changes_are_made(tmp_path: Path, name: str) -> None:
    for event in (read_event(run(tmp_path, name)), read_event_of_command(run(tmp_path, name))):
        assert not event.may_write
        assert event.held_back.isprintable()
        assert "::" not in event.held_back
        assert event.held_back.endswith("workflow_dispatch, repository_dispatch and release.")


@pytest.mark.parametrize("event", WRITES)
@pytest.mark.parametrize(
    "more", [{}, {"repository": APP}, {"repository": {"full_name": "Acme/App"}}], ids=["", "own", "case"]
)
def test_a_run_that_follows_one_of_this_repository_may_write(
    tmp_path: Path, event: str, more: dict[str, object]
) -> None:
    payload = after(event, {"full_name": "ACME/app"}, **more)
    assert read_event(run(tmp_path, "workflow_run", payload)).may_write


@pytest.mark.parametrize(
    "payload",
    [
        after("pull_request"),
        after("pull_request_target"),
        after("workflow_run"),
        after("issue_comment"),
        after("merge_group"),
        after(""),
        after(None),
        after(["push"]),
        after("push", FORK),
        after("push", None),
        after("push", {}),
        after("push", {"full_name": None}),
        after("push", FORK, FORK),
        after("push", APP, FORK),
        after("push", APP, None),
        after("push", repository=FORK),
        after("push", repository=None),
        {"workflow_run": {"event": "push", "head_repository": APP}},
        {"repository": APP, "workflow_run": [after()]},
        {"repository": APP},
        [after()],
        "no json",
        "[" * 100_000,
        '{"repository": ',
        None,
    ],
    ids=str,
)
def test_a_run_that_follows_any_other_plans(tmp_path: Path, payload: object) -> None:
    assert not read_event(run(tmp_path, "workflow_run", payload)).may_write


@pytest.mark.parametrize("path", ["", "/", "/nowhere", "a\0b"])
def test_a_payload_that_is_no_file_proves_nothing(tmp_path: Path, path: str) -> None:
    assert not read_event(run(tmp_path, "workflow_run", GITHUB_EVENT_PATH=path)).may_write


def test_a_payload_proves_nothing_of_an_unnamed_repository(tmp_path: Path) -> None:
    assert not read_event(run(tmp_path, "workflow_run", after(), GITHUB_REPOSITORY="")).may_write
    empty = after("push", {"full_name": ""}, {"full_name": ""})
    assert not read_event(run(tmp_path, "workflow_run", empty, GITHUB_REPOSITORY="")).may_write


def test_outside_a_workflow_a_person_decides(tmp_path: Path) -> None:
    assert read_event({}).may_write
    stray = run(tmp_path, "pull_request", GITHUB_ACTIONS="")
    assert read_event_of_command(stray).may_write
    assert not read_event(stray).may_write


@pytest.mark.parametrize("content", [None, "no json", "[]", '{"pull_request": 1}'])
def test_a_payload_that_can_not_be_read_is_none_of_a_fork(tmp_path: Path, content: str | None) -> None:
    assert read_event(run(tmp_path, "pull_request", content)).withheld_secrets == ""


def test_why_a_run_has_no_secrets_is_read_from_its_event(tmp_path: Path) -> None:
    payload = {"pull_request": {"head": {"repo": FORK}, "base": {"repo": APP}}}
    forks = read_event(run(tmp_path, "pull_request", payload)).withheld_secrets
    assert forks == "GitHub gives no secrets to workflows of a fork's pull request."
    bots = read_event(run(tmp_path, "push", GITHUB_ACTOR="dependabot[bot]")).withheld_secrets
    assert bots == "Workflows that Dependabot starts get only Dependabot's own secrets."
