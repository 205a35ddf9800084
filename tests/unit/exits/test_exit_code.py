"""One policy links what a run comes to with its exit code."""

import ast
from pathlib import Path

import pytest

import crreg
from crreg.exits.exit_code import ExitCode, FailOn, exit_code, worst
from crreg.exits.status import Status

SOURCE = Path(crreg.__file__).parent
SOURCE = Path(crreg.__file__).parent
HEALTHY, FINDINGS, NOT_PROVEN = ExitCode.HEALTHY, ExitCode.FINDINGS, ExitCode.NOT_PROVEN


@pytest.mark.parametrize(
    ("status", "errors", "warnings", "codes"),
    [
        (Status.HEALTHY, False, False, (HEALTHY, HEALTHY, HEALTHY)),
        (Status.HEALTHY, False, True, (HEALTHY, FINDINGS, FINDINGS)),
        (Status.UNHEALTHY, True, False, (FINDINGS, FINDINGS, FINDINGS)),
        (Status.UNHEALTHY, False, False, (FINDINGS, FINDINGS, FINDINGS)),
        (Status.UNKNOWN, False, False, (NOT_PROVEN, NOT_PROVEN, FINDINGS)),
        (Status.UNKNOWN, True, False, (FINDINGS, FINDINGS, FINDINGS)),
        (Status.UNKNOWN, False, True, (NOT_PROVEN, FINDINGS, FINDINGS)),
    ],
)
def test_findings_fail_a_run_at_or_above_what_it_is_to_fail_on(
    status: Status, *, errors: bool, warnings: bool, codes: tuple[ExitCode, ...]
) -> None:
    choices = (FailOn.ERROR, FailOn.WARNING, FailOn.UNKNOWN)
    found = [exit_code(status, errors=errors, warnings=warnings, fail_on=each) for each in choices]
    assert tuple(found) == codes
    assert exit_code(status, errors=errors, warnings=warnings, fail_on=FailOn.NEVER) is HEALTHY


def test_a_change_that_failed_fails_a_run_whatever_it_is_to_fail_on() -> None:
    assert {exit_code(status, fail_on=each, failed=True) for status in Status for each in FailOn} == {
        FINDINGS
    }


def test_changes_that_are_left_for_another_run_are_no_success_whatever_it_is_to_fail_on() -> None:
    assert [exit_code(Status.UNKNOWN, fail_on=each, left=True) for each in FailOn] == [
        *(NOT_PROVEN, NOT_PROVEN, FINDINGS, NOT_PROVEN)
    ]
    assert exit_code(Status.UNHEALTHY, left=True) is FINDINGS
    assert exit_code(Status.UNKNOWN, failed=True, left=True) is FINDINGS


def test_what_nobody_tried_to_prove_is_no_failure() -> None:
    assert exit_code(Status.UNKNOWN, tried=False) is HEALTHY
    assert exit_code(Status.UNKNOWN, tried=False, fail_on=FailOn.UNKNOWN) is FINDINGS


def test_the_exit_code_of_several_checks_is_the_worst_one() -> None:
    order = [ExitCode.HEALTHY, ExitCode.NOT_PROVEN, ExitCode.FINDINGS, ExitCode.WRONG_USAGE]
    assert [worst((order[at], *order[:at])) for at in range(4)] == order
    assert worst(()) is ExitCode.HEALTHY


def test_a_job_of_a_plan_fails_only_for_a_change_that_failed() -> None:
    codes = {
        exit_code(status, errors=True, fail_on=each, judged_later=True)
        for status in Status
        for each in FailOn
    }
    assert codes == {HEALTHY}
    assert exit_code(Status.HEALTHY, failed=True, judged_later=True) is FINDINGS


def test_the_author_of_a_forks_pull_request_is_not_failed_for_what_is_unknown() -> None:
    assert exit_code(Status.UNKNOWN, fail_on=FailOn.UNKNOWN, tried=False, withheld=True) is HEALTHY
    assert exit_code(Status.UNHEALTHY, withheld=True) is FINDINGS


def test_no_other_module_decides_an_exit_code() -> None:
    """Wrong usage is known where it is found; every other code is the policy's to choose."""
    policy = SOURCE / "exits" / "exit_code.py"
    naming = {
        (path.relative_to(SOURCE), node.lineno)
        for path in SOURCE.rglob("*.py")
        if path != policy
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "ExitCode"
        and node.attr != "WRONG_USAGE"
    }
    assert naming == set()
