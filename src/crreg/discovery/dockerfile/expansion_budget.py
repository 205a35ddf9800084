"""The bound on the work that the variables of one Dockerfile may cost."""

from dataclasses import dataclass

WORK = 4_000_000
"""How many characters all expansions of one file may produce and compare in total."""


class ExpansionLimitError(Exception):
    """The expansion exceeded a bound and was stopped."""


@dataclass(slots=True)
class Budget:
    """The work that the expansions of one file may still cost."""

    left: int = WORK
    spent: int = 0
    """How much was spent."""

    def spend(self, amount: int) -> None:
        """Spend some of it.

        Raises:
            ExpansionLimitError: not enough is left.
        """
        if amount > self.left:
            self.left = 0
            raise ExpansionLimitError("the variables expand to more text than crreg reads")
        self.left -= amount
        self.spent += amount
