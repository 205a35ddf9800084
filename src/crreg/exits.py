"""What a run comes to: a status for people, an exit code for machines, and the one policy that links them."""

import contextlib
import enum
import os
import resource
import signal
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import TypeVar


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


_MOST_PLACES = 8
T = TypeVar("T")


def describe(error: BaseException) -> str:
    """Its kind and the lines that it came through; not its text, which may quote a secret."""
    frames = list(traceback.walk_tb(error.__traceback__))[-_MOST_PLACES:]
    places = ", ".join(f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in frames)
    return (
        f"crreg met an error that it does not know, {type(error).__name__}, and could not finish. "
        f"Please report it with these places in its code: {places or 'none'}."
    )


def isolated(call: Callable[[], T], failed: Callable[[str], T]) -> T:
    """What `call` returns; if it raises anything, what `failed` makes of the description.

    It stands around what one party answers, a registry or a level of secrets, so that no answer that nobody foresaw
    ends the run for all others.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the very purpose
        return failed(describe(error))


_SIGNALS = (
    *(signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2),
    *(signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF, signal.SIGXCPU),
)
"""All that end a process unless it handles them, without those that a fault in its code causes."""
_cleanups: dict[object, Callable[[], None]] = {}


class Interrupted(BaseException):
    """Raised in the main thread, wherever that is; no `except Exception` swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        """The exit code that shells give a command that this signal ended."""


def raise_on_signals() -> None:
    """From now on raise Interrupted when a signal asks for an end; at a second one clean up and end.

    A runner that cancels a job sends SIGINT, SIGTERM after 7.5 seconds, and SIGKILL after another 2.5. A container's
    first process is not ended by SIGTERM unless it has a handler.
    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
    """
    # A signal that is not handled, or a crash, must not write this process's memory, which holds passwords, to a file.
    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    for number in _SIGNALS:
        # What was started to run on through Ctrl-C or after its terminal (as by nohup) does.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


@contextlib.contextmanager
def cleaned_up(cleanup: Callable[[], None]) -> Iterator[None]:
    """Call `cleanup` at the end of the block, and at whatever ends the process before, short of SIGKILL.

    Args:
        cleanup: is quick, raises nothing, may be called again before it is done, and takes no locks: a signal's handler
            calls it.
    """
    key = object()
    _cleanups[key] = cleanup
    try:
        yield
    finally:
        cleanup()
        # Not before: a signal that interrupts the clean-up leaves it to clean_up.
        del _cleanups[key]


def clean_up() -> None:
    """Do now what is left of every `cleaned_up`, the innermost first."""
    for cleanup in reversed(tuple(_cleanups.values())):
        cleanup()


def _raise(number: int, _: FrameType | None) -> None:
    for handled in _SIGNALS:
        if signal.getsignal(handled) is _raise:
            signal.signal(handled, _end)
    raise Interrupted(number)


def _end(number: int, _: FrameType | None) -> None:
    clean_up()
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
