"""GitHub's published limits on creating content, in windows of a minute and of an hour.

Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api ("About secondary rate limits")
"""

from collections import deque
from collections.abc import Sequence

_MARGIN = 1.0
"""Seconds by which requests may take longer to arrive than others."""
WRITES: tuple[tuple[float, int], ...] = ((60 + _MARGIN, 80), (3600 + _MARGIN, 500))
"""How many requests may create content, in windows of so many seconds.

GitHub does not say which requests do. Its description of the API warns of "creating content too quickly" at issues,
comments, pull requests and the like, and not at secrets (npm `@octokit/openapi`). To be safe, every request that writes
counts.
"""


class WriteLimits:
    """The writes of one client; not safe to use from several threads."""

    def __init__(self) -> None:
        self._moments: deque[tuple[float, int]] = deque()

    def add(self, now: float) -> None:
        """Count a write that begins."""
        self._moments.append((now, 1))

    def pause(self, now: float) -> float:
        """Return the seconds until another write fits into each window."""
        longest = max(seconds for seconds, _ in WRITES)
        while self._moments and self._moments[0][0] <= now - longest:
            self._moments.popleft()
        pause = 0.0
        for seconds, most in WRITES:
            moment = until([entry for entry in self._moments if entry[0] > now - seconds], 1, most)
            if moment is not None:
                pause = max(pause, moment + seconds - now)
        return pause


def seconds_of_writes(count: int) -> float:
    """Return how many seconds the limits make that many writes take, if no others were made before."""
    (minute, in_a_minute), (hour, in_an_hour) = WRITES
    hours, rest = divmod(max(0, count - 1), in_an_hour)
    return hours * hour + rest // in_a_minute * minute


def until(entries: Sequence[tuple[float, float]], more: float, most: float) -> float | None:
    """Return the moment of the entry that must leave a window before `more` fits in; None if it does.

    Args:
        entries: moments and amounts, oldest first.
        more: the amount to add.
        most: the largest sum of a window.
    """
    total = sum(amount for _, amount in entries) + more
    for moment, amount in entries:
        if total <= most:
            return None
        total -= amount
        if total <= most:
            return moment
    return None
