"""One thread that cuts off whatever takes too long, for all requests of the process."""

import contextlib
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MANY = 1024
"""Alarms, which a fast transfer sets thousands of times a second; those that are over need not be kept for long."""


@dataclass(slots=True)
class Alarm:
    """What happens unless a block of code ends in time."""

    cut: Callable[[], object]
    late: bool = False
    """Whether it was called."""
    over: bool = False
    """Whether the block has ended."""


class Watchdog:
    """Keeps alarms in the order of their time; a timer's thread for each would cost more than a request does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()
        self._started = False

    @contextlib.contextmanager
    def within(self, seconds: float, cut: Callable[[], object]) -> Iterator[Alarm]:
        """Call `cut` (in the watchdog's thread) unless the block ends within so many seconds."""
        alarm = Alarm(cut)
        due = time.monotonic() + seconds
        with self._changed:
            self._forget()
            heapq.heappush(self._alarms, (due, next(self._numbers), alarm))
            if not self._started:
                self._started = True
                threading.Thread(target=self._watch, daemon=True).start()
            elif self._alarms[0][2] is alarm:
                self._changed.notify()
        try:
            yield alarm
        finally:
            alarm.over = True
            # It may hold a connection, and lie here for minutes to come.
            alarm.cut = _nothing

    def _watch(self) -> None:
        while True:
            alarm = self._next()
            # The connection may have ended by itself at this moment. Whatever one alarm raises, the others must ring.
            with contextlib.suppress(Exception):
                alarm.cut()

    def _forget(self) -> None:
        """Drop the earliest alarms, as far as their blocks have ended, and all such alarms where there are many."""
        if len(self._alarms) > _MANY:
            self._alarms = [entry for entry in self._alarms if not entry[2].over]
            heapq.heapify(self._alarms)
        while self._alarms and self._alarms[0][2].over:
            heapq.heappop(self._alarms)

    def _next(self) -> Alarm:
        """Wait until an alarm is due whose block has not ended."""
        with self._changed:
            while True:
                self._forget()
                wait = self._alarms[0][0] - time.monotonic() if self._alarms else None
                if wait is not None and wait <= 0:
                    alarm = heapq.heappop(self._alarms)[2]
                    alarm.late = True
                    return alarm
                self._changed.wait(wait)


def _nothing() -> None:
    """What an alarm does whose block has ended."""


WATCHDOG = Watchdog()
"""The process's own."""
