"""The exit code of a run, for machines, and the one policy that decides it."""

import enum
from collections.abc import Iterable

from crreg.exits.status import Status


class FailOn(enum.StrEnum):
    """The lowest severity that makes a run fail, from lenient to strict; `never` turns it off."""

    ERROR = "error"
    WARNING = "warning"
    UNKNOWN = "unknown"
    """Any finding, and any status other than healthy."""
    NEVER = "never"


class ExitCode(enum.IntEnum):
    """The exit codes of the command and the action."""

    HEALTHY = 0
    FINDINGS = 1
    """Findings at or above --fail-on, or a change that failed."""
    WRONG_USAGE = 2
    """The usage, an input or the configuration is wrong, or the report can't be written: the run ended early."""
    NOT_PROVEN = 3
    """Something a codespace needs could not be proven, or changes are left for another run."""


DONE = ExitCode.HEALTHY
"""The exit code of a command that judges nothing, such as `crreg rules`, and did what it was asked to do."""
CRASHED = ExitCode.NOT_PROVEN
"""The exit code after an unexpected error: whatever the run was to prove is not proven."""


def exit_code(
    status: Status,
    *,
    errors: bool = False,
    warnings: bool = False,
    fail_on: FailOn = FailOn.ERROR,
    failed: bool = False,
    left: bool = False,
    tried: bool = True,
    withheld: bool = False,
    judged_later: bool = False,
) -> ExitCode:
    """Return the exit code of a run that came to its end; nothing else decides it.

    Args:
        status: what the report says.
        errors: whether there are errors; an unhealthy run has one even if none is listed.
        warnings: whether there are warnings.
        fail_on: what the caller wants to fail on.
        failed: whether a change that was to be made was not made. That fails whatever `fail_on` says.
        left: whether changes are left for another run. That is no success whatever `fail_on` says.
        tried: False if the caller chose not to prove anything: no credentials were given, or the run only planned.
            The status is then unknown by choice, which is no failure.
        withheld: whether GitHub gave the run no secrets. To fail on an unknown status would then be too much: the
            author of a fork's pull request can do nothing about it. Pass `tried=False` too if nothing could be proven.
        judged_later: whether another run judges what this one found, as the merge of a plan does for its jobs.
    """
    if withheld and fail_on is FailOn.UNKNOWN:
        fail_on = FailOn.ERROR
    if failed:
        return ExitCode.FINDINGS
    if fail_on is FailOn.NEVER or judged_later:
        return ExitCode.NOT_PROVEN if left else ExitCode.HEALTHY
    strict = fail_on is FailOn.UNKNOWN and status is not Status.HEALTHY
    if errors or status is Status.UNHEALTHY or strict or (warnings and fail_on is not FailOn.ERROR):
        return ExitCode.FINDINGS
    return ExitCode.NOT_PROVEN if status is Status.UNKNOWN and tried else ExitCode.HEALTHY


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of several checks: wrong usage, else findings, else what was not proven."""
    order = (ExitCode.HEALTHY, ExitCode.NOT_PROVEN, ExitCode.FINDINGS, ExitCode.WRONG_USAGE)
    return max(codes, key=order.index, default=ExitCode.HEALTHY)
