"""The result of a run: a status for people, an exit code for machines, and the one policy that connects them."""

import contextlib
import enum
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import TypeVar


class Status(enum.StrEnum):
    """The health of a repository's codespaces in a report."""

    HEALTHY = "healthy"
    """Every image is available with the login that a codespace would use, and every secret it needs was found."""
    UNHEALTHY = "unhealthy"
    """Something prevents a codespace from starting."""
    UNKNOWN = "unknown"
    """Neither could be proven; the report says what is missing and why."""


def worst_status(statuses: Iterable[Status]) -> Status:
    """Return the worst status: a failure that is proven is worse than one that may be."""
    return min(statuses, key=(Status.UNHEALTHY, Status.UNKNOWN, Status.HEALTHY).index, default=Status.UNKNOWN)


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
    """The usage, an input or the configuration is wrong."""
    NOT_PROVEN = 3
    """Something a codespace needs could not be proven, or changes are left for another run."""


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
) -> ExitCode:
    """Return the exit code of a run: the one place that decides it.

    Args:
        status: what the report says.
        errors: whether there are errors; an unhealthy run has one even if none is listed.
        warnings: whether there are warnings.
        fail_on: what the caller wants to fail on.
        failed: whether a change that was to be made was not made. That fails whatever `fail_on` says.
        left: whether changes are left for another run. That is no success whatever `fail_on` says.
        tried: False if the caller chose not to prove anything: no credentials were given, or the run only planned.
            The status is then unknown by choice, which is no failure.
        withheld: whether GitHub gave the run no secrets. An unknown status is then no failure: the author of a fork's
            pull request can do nothing about it.
    """
    if withheld and fail_on is FailOn.UNKNOWN:
        fail_on = FailOn.ERROR
    if failed:
        return ExitCode.FINDINGS
    if fail_on is FailOn.NEVER:
        return ExitCode.NOT_PROVEN if left else ExitCode.HEALTHY
    strict = fail_on is FailOn.UNKNOWN and status is not Status.HEALTHY
    if errors or status is Status.UNHEALTHY or strict or (warnings and fail_on is not FailOn.ERROR):
        return ExitCode.FINDINGS
    return ExitCode.NOT_PROVEN if status is Status.UNKNOWN and tried else ExitCode.HEALTHY


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of several checks: wrong usage, else findings, else what was not proven."""
    order = (ExitCode.HEALTHY, ExitCode.NOT_PROVEN, ExitCode.FINDINGS, ExitCode.WRONG_USAGE)
    return max(codes, key=order.index, default=ExitCode.HEALTHY)


_MOST_PLACES = 8
T = TypeVar("T")


def describe(error: BaseException) -> str:
    """Describe an unexpected error by its type and code lines, without its message, which may contain a secret."""
    frames = list(traceback.walk_tb(error.__traceback__))[-_MOST_PLACES:]
    places = ", ".join(f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in frames)
    return (
        f"crreg stopped because of an unexpected {type(error).__name__}. "
        f"Please report it with these code locations: {places or 'none'}."
    )


def isolated(call: Callable[[], T], failed: Callable[[str], T]) -> T:
    """Return the result of `call`; if it raises, return `failed(description)`.

    Use it around requests to one party (a registry, a level of secrets), so that an unexpected response does not end
    the run for all others.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - catching everything is its purpose
        return failed(describe(error))


_SIGNALS = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU),
)
"""All signals that end a process unless it handles them, except those that a fault in its code causes."""
_cleanups: dict[object, Callable[[], None]] = {}


class Interrupted(BaseException):
    """Raised in the main thread by a signal; `except Exception` does not catch it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        """The exit code that shells use for a command that was ended by this signal."""


def raise_on_signals() -> None:
    """Raise Interrupted on the first signal that ends the process; on a second one, clean up and exit.

    A runner that cancels a job sends SIGINT, SIGTERM after 7.5 seconds, and SIGKILL after another 2.5. SIGTERM does not
    end a container's first process unless it has a handler.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
    """
    # An unhandled signal or a crash must not write this process's memory, which contains passwords, to a file.
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    for number in _SIGNALS:
        # A process that was started to ignore a signal (as by nohup) keeps ignoring it.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


@contextlib.contextmanager
def cleaned_up(cleanup: Callable[[], None]) -> Iterator[None]:
    """Call `cleanup` at the end of the block, or when something other than SIGKILL ends the process earlier.

    Args:
        cleanup: is called by a signal handler, so it must be quick and reentrant, and must not raise or take locks.
    """
    key = object()
    _cleanups[key] = cleanup
    try:
        yield
    finally:
        cleanup()
        # Not earlier: if a signal interrupts the clean-up, clean_up must still run it.
        del _cleanups[key]


def clean_up() -> None:
    """Run the clean-up of every active `cleaned_up` block now, the innermost first."""
    for cleanup in reversed(tuple(_cleanups.values())):
        cleanup()


def end_on_signals() -> None:
    """From now on, clean up and end the process on a signal, since nothing is left to catch Interrupted."""
    for handled in _SIGNALS:
        if signal.getsignal(handled) is _raise:
            signal.signal(handled, _end)


def _raise(number: int, _: FrameType | None) -> None:
    end_on_signals()
    raise Interrupted(number)


def _end(number: int, _: FrameType | None) -> None:
    clean_up()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
