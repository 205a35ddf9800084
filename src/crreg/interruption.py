"""An end that comes from outside: Ctrl-C, a closed terminal, or a runner that cancels the job."""

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
