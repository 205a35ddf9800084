"""An end that comes from outside: Ctrl-C, or a runner that cancels the job."""

import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Raised in the main thread, wherever that is; no `except Exception` swallows it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        """As shells have it."""


def heed() -> None:
    """From now on raise Interrupted where a signal asks for an end; a second one ends the process on the spot.

    A container's first process is not ended by SIGTERM unless it says so, hence the need.
    """
    for number in _SIGNALS:
        # What was started to run on through Ctrl-C (as by nohup) does.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


def _raise(number: int, _: FrameType | None) -> None:
    for heeded in _SIGNALS:
        signal.signal(heeded, signal.SIG_DFL)
    raise Interrupted(number)
