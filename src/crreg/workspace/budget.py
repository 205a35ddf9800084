"""What reading the dev containers of one repository may cost, whatever its files hold."""

import contextlib
import enum
import time
from collections.abc import Callable, Iterator, Mapping

SECONDS = 10.0
"""Seconds that reading one repository may take."""
_SPENDS_A_LOOK = 256
"""How often something is spent between two looks at the clock."""


class Limit(enum.StrEnum):
    """What reading uses up; the value is a noun for messages, after a number."""

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
    # A value takes some 200 bytes, and a project keeps those of all its files.
    Limit.VALUES: 300_000,
    Limit.VARIABLES: 20_000,
    Limit.INCLUDES: 1_000,
    Limit.IMAGES: 5_000,
    Limit.PROBLEMS: 1_000,
}
"""How much of each one repository may use. Real repositories stay far below all of them.

A step of WORK takes some 40 ns. A file that is read twice counts twice.
"""


class LimitError(Exception):
    """Reading was stopped, since the repository is beyond a limit."""

    def __init__(self, limit: Limit, number: float) -> None:
        super().__init__(
            f"crreg allows the dev containers of one repository {number:,.10g} {limit.value}, "
            "and what is left of that is not enough"
        )
        self.limit = limit


class ReadingBudget:
    """What is left for one repository. One thread uses it.

    A check of several repositories gives each a budget with limits of its own, its share of the whole, and sees in
    `spent` how much of that was used.
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
        self._unlooked = 0

    def spend(self, limit: Limit, amount: int = 1) -> None:
        """Take `amount` of what is left; call it before the cost arises.

        Raises:
            LimitError: less than that is left, or no time.
        """
        left = self._left[limit] - amount
        if left < 0:
            self._left[limit] = 0
            raise LimitError(limit, self._limits[limit])
        self._left[limit] = left
        self._unlooked += 1
        if self._unlooked >= _SPENDS_A_LOOK:
            self.look()

    def look(self) -> None:
        """Look at the clock.

        Raises:
            LimitError: there is no time left.
        """
        self._unlooked = 0
        if self._clock() >= self._ends:
            raise LimitError(Limit.SECONDS, self._seconds)

    def spent(self, limit: Limit) -> float:
        """How much was used so far; of SECONDS, how many have gone by."""
        if limit is Limit.SECONDS:
            return self._clock() - self._started
        return self._limits[limit] - self._left[limit] - self._set_aside[limit]

    @contextlib.contextmanager
    def share(self, *, last: bool, only_time: bool = False) -> Iterator[None]:
        """Allow what runs inside one half of what is left, or of the time alone; all of it if nothing comes after.

        So one hostile dev container leaves enough for those after it.
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
