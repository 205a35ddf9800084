"""The suite against a stand-in for GitHub: it asks everything, and finds each answer that was altered."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from live.assumptions import TABLE, Verdict
from live.profiles import PROFILES
from live.record import document, found_differences, told, verdicts
from live.stage import Record
from live.steps import STEPS, all_steps
from live.web import Answered
from tests.integration.live.stand_in import Alter, StandIn

PREPARING = {"workflow-runs", "workflow-log-text"}
"""Steps that only lead to others."""
NEEDED = frozenset(
    {
        "id",
        "key",
        "key_id",
        "token",
        "number",
        "workflow_runs",
        "jobs",
        "total_count",
        "secrets",
        "visibility",
    }
)
"""Keys without which a run can't go on; a fact tells of those that are lists."""
GUARDED = ("absent", "-delete")
"""Ends of the names of steps whose status decides whether something is created, or is gone."""
NOBODY: dict[str, object] = {}


def without_a_key(answered: Answered) -> Answered | None:
    return _changed(answered, lambda body, key: {name: each for name, each in body.items() if name != key})


def with_another_type(answered: Answered) -> Answered | None:
    return _changed(answered, lambda body, key: {**body, key: 7 if isinstance(body[key], str) else "seven"})


def with_another_status(answered: Answered) -> Answered | None:
    return replace(answered, status=418)


def without_a_header(answered: Answered) -> Answered | None:
    for name in ("link", "x-oauth-scopes", "x-accepted-github-permissions", "docker-content-digest"):
        if name in answered.headers:
            return replace(
                answered, headers={key: each for key, each in answered.headers.items() if key != name}
            )
    return None


def _changed(
    answered: Answered, change: Callable[[dict[str, Any], str], Mapping[str, Any]]
) -> Answered | None:
    body = answered.document
    keys = (
        [key for key in body if key not in NEEDED and body[key] is not None] if isinstance(body, dict) else []
    )
    return replace(answered, body=json.dumps(change(body, keys[-1])).encode()) if keys else None


def planting(how: Callable[[Answered], Answered | None], planted: set[str], guarded: bool = False) -> Alter:  # noqa: FBT001, FBT002 - a switch
    """Alter every answer that can be altered so; `planted` gets the steps."""

    def alter(step: str, answered: Answered) -> Answered:
        skipped = step in PREPARING or (how is with_another_status and step.endswith(GUARDED) != guarded)
        altered = None if skipped else how(answered)
        if altered is None:
            return answered
        planted.add(step)
        return altered

    return alter


def test_a_run_asks_every_step_and_leaves_nothing(
    stand_in: StandIn, sandbox_record: Record, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    record = stand_in.run(journal, dict(PROFILES))
    asked = {step for step in record.observations if not step.startswith("look-for-")}
    assert asked - PREPARING == {step for step, _ in all_steps(PROFILES)}
    assert record.unanswered == {}
    assert found_differences(record, sandbox_record) == {}
    assert set(verdicts(record, sandbox_record).values()) == {Verdict.HOLDS}
    assert not journal.exists()
    stored = [
        *stand_in.reference.github.secrets("user", "mona"),
        *stand_in.reference.github.secrets("organization", "acme"),
    ]
    assert stored == []


@pytest.mark.parametrize(
    "how",
    [without_a_key, with_another_type, without_a_header, with_another_status],
    ids=lambda how: how.__name__,
)
def test_every_planted_difference_is_found_and_no_other(
    how: Callable[[Answered], Answered | None], stand_in: StandIn, sandbox_record: Record, tmp_path: Path
) -> None:
    planted: set[str] = set()
    record = stand_in.run(tmp_path / "journal", dict(PROFILES), planting(how, planted))
    assert len(planted) > 4
    assert set(found_differences(record, sandbox_record)) == planted
    found = verdicts(record, sandbox_record)
    blamed = {name for step, names in all_steps(PROFILES) if step in planted for name in names}
    assert {name for name, verdict in found.items() if verdict is Verdict.DIFFERS} == blamed


@pytest.mark.parametrize("end", GUARDED)
def test_so_is_another_status_where_it_decides(
    end: str, stand_in: StandIn, sandbox_record: Record, tmp_path: Path
) -> None:
    guarded = {step for step in STEPS if step.endswith(end)}
    found: set[str] = set()
    for step in guarded:

        def alter(asked: str, answered: Answered, step: str = step) -> Answered:
            return replace(answered, status=418) if asked == step else answered

        record = stand_in.run(tmp_path / step, NOBODY, alter)
        found |= set(found_differences(record, sandbox_record)) & {step}
        assert not (tmp_path / step).exists(), step
    # What is deleted at the end is asked for the last time after the altered answer.
    assert found == guarded - {"repository-delete", "package-delete"}


def test_another_number_of_repositories_is_found(
    stand_in: StandIn, sandbox_record: Record, tmp_path: Path
) -> None:
    def keep_the_list(step: str, answered: Answered) -> Answered:
        if step not in ("organization-secret-after", "user-secret-after"):
            return answered
        return replace(answered, body=json.dumps({**answered.document, "total_count": 1}).encode())

    record = stand_in.run(tmp_path / "journal", NOBODY, keep_the_list)
    different = found_differences(record, sandbox_record)
    assert {step: [str(each) for each in found] for step, found in different.items()} == {
        "organization-secret-after": ["fact repositories: 1, the sandbox has 0"],
        "user-secret-after": ["fact repositories: 1, the sandbox has 0"],
    }
    found = verdicts(record, sandbox_record)
    assert (found["U6"], found["GH-ORG-LIST"]) == (Verdict.DIFFERS, Verdict.DIFFERS)


def test_what_was_not_asked_is_not_proven(stand_in: StandIn, sandbox_record: Record, tmp_path: Path) -> None:
    record = stand_in.run(tmp_path / "journal", NOBODY)
    found = verdicts(record, sandbox_record)
    assert found["GH-PERMISSIONS"] is Verdict.UNPROVEN
    assert found["U8"] is Verdict.UNPROVEN
    assert found["U6"] is Verdict.HOLDS


def test_the_record_has_statuses_and_types_and_no_value(
    stand_in: StandIn, sandbox_record: Record, tmp_path: Path
) -> None:
    record = stand_in.run(tmp_path / "journal", dict(PROFILES))
    written = document(record, sandbox_record, date(2026, 1, 2))
    text = json.dumps(written) + "\n".join(told(record, sandbox_record))
    for value in (
        "acme",
        "mona",
        stand_in.reference.token,
        "ghp_",
        "github_pat_",
        "ghs_",
        "127.0.0.1",
        "sha256:",
    ):
        assert value not in text, value
    assert (
        written["steps"]["secret"]["request"]
        == "GET /repos/OWNER/crreg-live-RUN/codespaces/secrets/CRREG_LIVE_RUN"
    )
    assert written["steps"]["secret"]["real"]["shape"] == {
        ".": "object",
        ".name": "string",
        ".created_at": "string",
        ".updated_at": "string",
    }
    assert written["tokens"]["writer-classic-repo"]["list-repository"] == "200"
    assert written["tokens"]["writer-classic-repo"]["write-repository"] == "403"
    assert set(written["verdicts"]) <= set(TABLE)


def test_github_may_need_a_moment_before_it_knows_what_was_created(
    stand_in: StandIn, sandbox_record: Record, tmp_path: Path
) -> None:
    slow = Counter({"package": 2, "workflow-start": 1, "workflow-package": 3})

    def not_yet(step: str, answered: Answered) -> Answered:
        if slow[step] == 0:
            return answered
        slow[step] -= 1
        return Answered(404)

    record = stand_in.run(tmp_path / "journal", NOBODY, not_yet)
    assert slow.total() == 0
    assert found_differences(record, sandbox_record) == {}
