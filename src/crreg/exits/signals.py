"""Signals that end a run: it cleans up first, and leaves with the exit code that shells expect."""

import contextlib
import os
import resource
import signal
from collections.abc import Callable, Iterator
from types import FrameType

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
