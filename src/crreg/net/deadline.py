"""The deadline for the network part of a run, and every default budget in seconds."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

BUDGET_VARIABLE = "CRREG_TIMEOUT"
"""Environment variable that sets another budget for a run, in seconds."""
DEFAULT_BUDGET = 120.0
"""A run about one repository; enough to wait for two long rate limits, but no more."""
ORGANIZATION_BUDGET = 3000.0
"""A run about an organization: ten minutes less than its job has."""
REGISTRY_BUDGET = 60.0
"""A `RegistryClient` of a Python program that names no budget. A run gives its client what is left of its own."""
ISSUE_BUDGET = 60.0
"""The tracking issue, after the check."""
TRANSFER_BUDGET = 6 * 3600.0
"""The copies of a publication: as long as a job on GitHub's runners, whatever `CRREG_TIMEOUT` says. A stalled transfer
ends much sooner."""
_MARGIN = 1.0


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
        raise BudgetError(f"{BUDGET_VARIABLE} must be a number of seconds above 0, with at most six digits.")
    return float(text)
