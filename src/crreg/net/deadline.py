"""The deadline for the network part of a run."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DEFAULT_BUDGET = 120.0
"""Seconds for the network part of a run; enough to wait for two long rate limits, but no more."""
_MARGIN = 1.0
BUDGET_VARIABLE = "CRREG_TIMEOUT"
"""Environment variable that sets another budget, in seconds."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time on a monotonic clock, in seconds."""

    at: float
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> "Deadline":
        """Return the deadline `seconds` from now."""
        return cls(clock() + seconds, clock)

    def earlier(self, seconds: float) -> "Deadline":
        """Return the deadline `seconds` before this one."""
        return Deadline(self.at - seconds, self.clock)

    def for_requests(self, budget: float) -> "Deadline":
        """Return the deadline for requests: a second, or a tenth of the budget, before this one.

        Pending requests can then report their timeout before the run stops waiting.
        """
        return self.earlier(min(_MARGIN, budget / 10))

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock())

    def bound(self, seconds: float) -> float:
        """Return `seconds`, or the time left if that is less; at least a millisecond, as sockets require."""
        return max(0.001, min(seconds, self.remaining))


class BudgetError(ValueError):
    """The variable is not a number of seconds; the message can be shown."""


def read_budget(environment: Mapping[str, str], otherwise: float = DEFAULT_BUDGET) -> float:
    """Return the seconds for the network part, `otherwise` if the variable is not set; raises BudgetError."""
    text = environment.get(BUDGET_VARIABLE, "")
    if not text:
        return otherwise
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) or float(text) <= 0:
        raise BudgetError(f"{BUDGET_VARIABLE} must be a number of seconds with at most six digits.")
    return float(text)
