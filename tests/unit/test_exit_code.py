"""One policy links what a run comes to with its exit code."""

import pytest

from crreg.exits import ExitCode, FailOn, Status, exit_code, worst

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
