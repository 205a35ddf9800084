"""The moment by which a run's network part must have ended."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DEFAULT_BUDGET = 120.0
"""Seconds that the network part of a run may take; two long rate limits are waited out in it, no more."""
BUDGET_VARIABLE = "CRREG_TIMEOUT"
"""Name of the variable that sets another budget, in seconds."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on a monotonic clock, in seconds."""

    at: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """The deadline that many seconds from now."""
        return cls(clock() + seconds, clock)

    def earlier(self, seconds: float) -> "Deadline":
        """The deadline that many seconds before."""
        return Deadline(self.at - seconds, self.clock)

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock())

    def bound(self, seconds: float) -> float:
        """That many seconds, or what is left if that is less; at least a millisecond, as sockets want."""
        return max(0.001, min(seconds, self.remaining))


class BudgetError(ValueError):
    """The variable holds no number of seconds; the text is for a person."""


def read_budget(environment: Mapping[str, str]) -> float:
    """Seconds that the network part may take; raises BudgetError."""
    text = environment.get(BUDGET_VARIABLE, "")
    if not text:
        return DEFAULT_BUDGET
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or float(text) <= 0:
        raise BudgetError(f"{BUDGET_VARIABLE} must be a number of seconds, at most four digits long.")
    return float(text)
