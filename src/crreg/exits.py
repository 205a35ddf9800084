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


def exit_code(
    status: Status,
    *,
    errors: bool = False,
    warnings: bool = False,
    fail_on: FailOn = FailOn.ERROR,
    failed: bool = False,
    tried: bool = True,
) -> ExitCode:
    """Return the exit code of a run: the one place that decides it.

    Args:
        status: what the report says.
        errors: whether there are errors; an unhealthy run has one even if none is listed.
        warnings: whether there are warnings.
        fail_on: what the caller wants to fail on.
        failed: whether a change that was to be made was not made. That fails whatever `fail_on` says.
        tried: False if the caller chose not to prove anything: no credentials were given, or the run only planned.
            The status is then unknown by choice, which is no failure.
    """
    if failed:
        return ExitCode.FINDINGS
    if fail_on is FailOn.NEVER:
        return ExitCode.HEALTHY
    strict = fail_on is FailOn.UNKNOWN and status is not Status.HEALTHY
    if errors or status is Status.UNHEALTHY or strict or (warnings and fail_on is not FailOn.ERROR):
        return ExitCode.FINDINGS
    return ExitCode.NOT_PROVEN if status is Status.UNKNOWN and tried else ExitCode.HEALTHY
