"""The marker: found again, believed no more than it deserves, and never more than a comment."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.action.issue.problem import TrackedProblem
from crreg.action.issue.state import MOST_PROBLEMS, IssueState, marker, read_state, subject_of
from crreg.findings.finding import Severity

NOW = datetime(2026, 11, 24, 5, 17, tzinfo=UTC)
PROBLEM = TrackedProblem(
    "0123456789abcdef", "login-failed", "ACR", "01234567", Severity.ERROR, NOW - timedelta(days=3)
)
STATE = IssueState((PROBLEM,), "4711")
LINE = marker("octo/app", STATE)
PAIR = ["0123456789abcdef", "login-failed", "ACR", "01234567", "error", "2026-11-21T05:17:00Z"]


def line(document: object) -> str:
    return f"<!-- crreg:registry-health octo/app {json.dumps(document)} -->\nText."


def test_what_is_written_is_read_back() -> None:
    assert LINE == (
        '<!-- crreg:registry-health octo/app {"version":2,"run":"4711","problems":[["0123456789abcdef","login-failed",'
        '"ACR","01234567","error","2026-11-21T05:17:00Z"]]} -->'
    )
    assert read_state(f"{LINE}\nText.\n", NOW) == STATE
    assert read_state(marker("octo/app", IssueState()), NOW) == IssueState()
    ancient = IssueState((replace(PROBLEM, since=datetime(226, 1, 2, 3, 4, 5, tzinfo=UTC)),))
    assert read_state(marker("octo/app", ancient), NOW) == ancient


def test_an_issue_is_about_the_repository_of_its_first_line() -> None:
    assert subject_of(f"{LINE}\nText.") == "octo/app"
    assert subject_of(f"Text.\n{LINE}") is None
    assert subject_of("") is None


@pytest.mark.parametrize(
    "entry",
    [
        ["x", *PAIR[1:]],
        [PAIR[0], "--> <img>", *PAIR[2:]],
        [PAIR[0], PAIR[1], "`ACR`", *PAIR[3:]],
        [*PAIR[:3], "/", *PAIR[4:]],
        [*PAIR[:4], "fatal", PAIR[5]],
        [*PAIR[:5], "2026-99-99T00:00:00Z"],
        [*PAIR[:5], 0],
        PAIR[:5],
        {"key": PAIR},
        None,
    ],
)
def test_an_entry_that_was_tampered_with_is_left_out(entry: object) -> None:
    document = {"version": 2, "run": "1", "problems": [entry, PAIR]}
    assert read_state(line(document), NOW) == IssueState((PROBLEM,), "1")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"version": 3, "run": "1", "problems": []},
        {"version": 1, "run": "1)[x](http://evil.example", "problems": []},
        {"version": 1, "run": 1, "problems": []},
        {"version": 1, "run": "1", "problems": {}},
        {"version": 1, "run": "1", "problems": [], "more": "x" * 40_000},
    ],
)
def test_a_state_of_another_form_is_none(document: object) -> None:
    assert read_state(line(document), NOW) is None


@pytest.mark.parametrize("state", ["[" * 20_000, '{"version":', "\ud800"])
def test_a_state_that_is_no_json_is_none(state: str) -> None:
    assert read_state(f"<!-- crreg:registry-health octo/app {state} -->\n", NOW) is None


def test_what_version_1_told_is_read_without_its_keys() -> None:
    document = {"version": 1, "run": "1", "problems": [PAIR]}
    state = IssueState((replace(PROBLEM, key=""),), "1")
    assert read_state(line(document), NOW) == state
    assert read_state(marker("octo/app", state), NOW) == state


def test_a_date_in_the_future_is_now() -> None:
    document = {"version": 1, "run": "", "problems": [[*PAIR[:5], "9999-01-01T00:00:00Z"]]}
    state = read_state(line(document), NOW)
    assert state is not None
    assert [problem.since for problem in state.problems] == [NOW]


def test_as_many_are_remembered_as_there_is_room_for() -> None:
    written = marker("octo/app", IssueState((PROBLEM,) * 1000, "1"))
    state = read_state(written, NOW)
    assert state is not None
    assert len(state.problems) == MOST_PROBLEMS
    assert len(written) < 20_000


@given(st.text(max_size=200))
def test_no_text_makes_it_fail(text: str) -> None:
    for body in (text, f"<!-- crreg:registry-health octo/app {text} -->\n"):
        subject_of(body)
        read_state(body, NOW)
