"""How much one query asks for."""

_PATIENCE = 16
"""Answered queries before a size that was too much is tried again."""


class QuerySize:
    """The number of things to request at once: fewer after GitHub has given up on a query, then slowly more.

    GitHub does not publish how much it answers in time; that depends on its load and on what is asked for.
    """

    def __init__(self, most: int) -> None:
        self.now = most
        self._most = most
        self._ceiling = most
        self._answered = 0

    def gave_up(self, size: int) -> None:
        """Note that a query for `size` things was too much."""
        self._ceiling = max(1, min(self._ceiling, size - 1))
        self.now = max(1, min(self.now, size // 2))
        self._answered = 0

    def answered(self) -> None:
        """Note that a query was answered."""
        self._answered += 1
        if self._answered >= _PATIENCE:
            self._answered = 0
            self._ceiling = min(self._most, 2 * self._ceiling)
        self.now = min(self._ceiling, self.now + 1 + self.now // 10)
