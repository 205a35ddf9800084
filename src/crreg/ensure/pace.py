"""How quickly writes may follow each other, by GitHub's published limits."""

import threading
import time
from collections.abc import Callable

MOST_AT_ONCE = 60
"""Writes that are sent without a pause.

GitHub allows 80 requests a minute that make content, and 500 an hour, those of others with the same token among them.
Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""
MOST_AN_HOUR = 450
"""Writes that one hour has room for."""
SPACING = 1.0
"""Seconds between two writes where there are more than go at once: what GitHub advises, and 60 a minute."""
LONG_SPACING = 8.0
"""Seconds between two writes where there are more than one hour has room for: 450 an hour."""


class Pace:
    """Lets writes through; safe to use from several threads."""

    def __init__(
        self,
        writes: int,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start with the first write.

        Args:
            writes: how many there are to be.
            wait: sleeps so many seconds.
            clock: tells seconds that never run backwards.
        """
        self._spacing = _spacing(writes)
        self._wait = wait
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def let_through(self) -> None:
        """Wait for this write's turn."""
        if not self._spacing:
            return
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._spacing
        if turn > now:
            self._wait(turn - now)


def seconds_for(writes: int) -> float:
    """How much longer a run takes for the sake of the pace."""
    return writes * _spacing(writes)


def _spacing(writes: int) -> float:
    if writes > MOST_AN_HOUR:
        return LONG_SPACING
    return SPACING if writes > MOST_AT_ONCE else 0.0
