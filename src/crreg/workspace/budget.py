"""Limits on the cost of reading one repository's dev containers, whatever is in its files."""

import contextlib
import enum
import time
from collections.abc import Callable, Iterator, Mapping

SECONDS = 10.0
"""Seconds that reading one repository may take."""
_SPENDS_A_LOOK = 256
"""Number of `spend` calls between two checks of the clock."""


class Limit(enum.StrEnum):
    """The resources that reading uses; the value is a noun for messages, after a number."""

    FOLDERS = "folders in .devcontainer"
    FILES = "file reads"
    BYTES = "bytes of files"
    EXPANDED = "characters made from variables, aliases, includes and extends"
    WORK = "steps of expanding and merging"
    VALUES = "values of Compose files"
    VARIABLES = "variables of .env files"
    INCLUDES = "Compose includes"
    IMAGES = "images"
    PROBLEMS = "problems"
    SECONDS = "seconds of reading"


LIMITS: Mapping[Limit, int] = {
    Limit.FOLDERS: 20_000,
    Limit.FILES: 5_000,
    Limit.BYTES: 8_000_000,
    Limit.EXPANDED: 8_000_000,
    Limit.WORK: 40_000_000,
    # A value takes about 200 bytes, and a project keeps the values of all its files.
    Limit.VALUES: 300_000,
    Limit.VARIABLES: 20_000,
    Limit.INCLUDES: 1_000,
    Limit.IMAGES: 5_000,
    Limit.PROBLEMS: 1_000,
}
"""The limits for one repository. Real repositories stay far below all of them.

A step of WORK takes about 40 ns. A file that is read twice counts twice.
"""


class LimitError(Exception):
    """Reading stopped because the repository is beyond a limit."""

    def __init__(self, limit: Limit, number: float) -> None:
        super().__init__(
            f"crreg allows the dev containers of one repository {number:,.10g} {limit.value}, "
            "and not enough of that is left"
        )
        self.limit = limit


class ReadingBudget:
    """The remaining budget of one repository. Not thread-safe.

    A check of several repositories gives each one its own budget, a share of the whole, and reads from `spent` how much
    was used.
    """

    def __init__(
        self,
        limits: Mapping[Limit, int] = LIMITS,
        *,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = dict(limits)
        self._left = dict(limits)
        self._set_aside = dict.fromkeys(limits, 0)
        self._clock = clock
        self._seconds = seconds
        self._started = clock()
        self._ends = self._started + seconds
        self._since_look = 0

    def spend(self, limit: Limit, amount: int = 1) -> None:
        """Use up `amount` of the budget; call it before the cost arises.

        Raises:
            LimitError: less than that is left, or no time is left.
        """
        left = self._left[limit] - amount
        if left < 0:
            self._left[limit] = 0
            raise LimitError(limit, self._limits[limit])
        self._left[limit] = left
        self._since_look += 1
        if self._since_look >= _SPENDS_A_LOOK:
            self.look()

    def look(self) -> None:
        """Check the clock.

        Raises:
            LimitError: there is no time left.
        """
        self._since_look = 0
        if self._clock() >= self._ends:
            raise LimitError(Limit.SECONDS, self._seconds)

    def spent(self, limit: Limit) -> float:
        """Return how much was used so far; for SECONDS, the elapsed time."""
        if limit is Limit.SECONDS:
            return self._clock() - self._started
        return self._limits[limit] - self._left[limit] - self._set_aside[limit]

    @contextlib.contextmanager
    def share(self, *, last: bool, only_time: bool = False) -> Iterator[None]:
        """Limit a block to half of what is left, or only to half of the time; with `last`, to all of it.

        This way one hostile dev container leaves enough for the next ones.
        """
        ends, aside = self._ends, self._set_aside
        if not last:
            now = self._clock()
            self._ends = now + (ends - now) / 2
            self._set_aside = {limit: 0 if only_time else left // 2 for limit, left in self._left.items()}
            for limit, kept in self._set_aside.items():
                self._left[limit] -= kept
        try:
            yield
        finally:
            if not last:
                for limit, kept in self._set_aside.items():
                    self._left[limit] += kept
            self._ends, self._set_aside = ends, aside
