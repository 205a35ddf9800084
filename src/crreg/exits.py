"""What a run comes to: a status for people, an exit code for machines, and the one policy that links them."""

import enum


class Status(enum.StrEnum):
    """What a report says of a repository's codespaces."""

    HEALTHY = "healthy"
    """Every image was answered for with the login a codespace would use, and every secret this needs was seen."""
    UNHEALTHY = "unhealthy"
    """Something stops a codespace from starting."""
    UNKNOWN = "unknown"
    """Everything else: something was not proven, and the report says what and why."""


class FailOn(enum.StrEnum):
    """The least that makes a run fail, from the mildest choice to the strictest; `never` switches it off."""

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
    """Wrong usage, input or configuration."""
    NOT_PROVEN = 3
    """Something a codespace needs could not be proven."""


def fails(status: Status, *, errors: bool, warnings: bool, fail_on: FailOn) -> bool:
    """Return whether what was found is at or above `fail_on`."""
    if fail_on is FailOn.NEVER:
        return False
    strict = fail_on is FailOn.UNKNOWN and status is not Status.HEALTHY
    return errors or strict or (warnings and fail_on is not FailOn.ERROR)


def exit_code(status: Status, *, failed: bool, fail_on: FailOn, tried: bool = True) -> ExitCode:
    """Return the exit code of a run.

    `failed` says that findings are at or above `fail_on`, or that a change failed. `tried` is False if the caller
    chose not to prove anything (no credentials were given, or the run only planned): the status is then unknown by
    choice, which is no failure.
    """
    if failed:
        return ExitCode.FINDINGS
    if status is Status.UNKNOWN and tried and fail_on is not FailOn.NEVER:
        return ExitCode.NOT_PROVEN
    return ExitCode.HEALTHY
