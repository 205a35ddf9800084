"""One thread that ends whatever takes too long, for all requests of the process."""

import contextlib
import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

_MANY = 1024
"""Number of alarms from which on finished ones are removed: a fast transfer sets thousands a second."""


@dataclass(slots=True)
class Alarm:
    """A callback that runs unless a block of code ends in time. Its own context manager, since a transfer has many."""

    cut: Callable[[], object]
    late: bool = False
    """Whether `cut` was called."""
    over: bool = False
    """Whether the block has ended."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.over = True
        # It may refer to a connection, and the alarm may stay in the list for minutes.
        self.cut = _nothing


class Watchdog:
    """Keeps alarms in the order of their due times. A timer thread for each would cost more than a request does."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._numbers = itertools.count()
        self._wakes = math.inf
        """When the thread looks again by itself; infinite while it has no alarm to wait for."""
        self._started = False

    def within(self, seconds: float, cut: Callable[[], object]) -> Alarm:
        """Call `cut` (in the watchdog's thread) unless the block ends within `seconds`."""
        alarm = Alarm(cut)
        due = time.monotonic() + seconds
        with self._changed:
            self._forget()
            heapq.heappush(self._alarms, (due, next(self._numbers), alarm))
            if not self._started:
                self._started = True
                threading.Thread(target=self._watch, daemon=True).start()
            elif due < self._wakes:
                # Only then: waking a thread costs more than a request does.
                self._wakes = due
                self._changed.notify()
        return alarm

    def _watch(self) -> None:
        while True:
            alarm = self._next()
            # The connection may be ending by itself right now. An error in one alarm must not stop the others.
            with contextlib.suppress(Exception):
                alarm.cut()

    def _forget(self) -> None:
        """Remove the earliest alarms if their blocks have ended, and all such alarms if there are many."""
        if len(self._alarms) > _MANY:
            self._alarms = [entry for entry in self._alarms if not entry[2].over]
            heapq.heapify(self._alarms)
        while self._alarms and self._alarms[0][2].over:
            heapq.heappop(self._alarms)

    def _next(self) -> Alarm:
        """Wait for the next alarm that is due and whose block has not ended."""
        with self._changed:
            while True:
                self._forget()
                wait = self._alarms[0][0] - time.monotonic() if self._alarms else None
                if wait is not None and wait <= 0:
                    alarm = heapq.heappop(self._alarms)[2]
                    alarm.late = True
                    return alarm
                self._wakes = self._alarms[0][0] if self._alarms else math.inf
                self._changed.wait(wait)


def _nothing() -> None:
    """Do nothing: the `cut` of an alarm whose block has ended."""


WATCHDOG = Watchdog()
"""The only watchdog of the process."""
