"""A gate that holds requests back, so that a test can act while a client waits."""

import threading
from dataclasses import dataclass, field


@dataclass
class Gate:
    """Open unless a test closes it."""

    path: str | None = None
    """A text that the paths of the requests to hold contain; None while it is open."""
    passing: int = 0
    """How many more of them pass before the rest is held."""
    waiting: int = 0
    """The requests that are held now."""
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def close(self, path: str, passing: int) -> None:
        """Hold every request to a path that contains `path`, after `passing` more."""
        with self._changed:
            self.path, self.passing = path, passing

    def open(self) -> None:
        """Let everyone pass."""
        with self._changed:
            self.path = None
            self._changed.notify_all()

    def pass_through(self, path: str) -> None:
        """Return once a request to that path may pass."""
        with self._changed:
            if self.path is None or self.path not in path:
                return
            if self.passing > 0:
                self.passing -= 1
                return
            self.waiting += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.path is None)
            self.waiting -= 1

    def wait_for(self, number: int, patience: float) -> int:
        """Wait until that many requests are held, at most `patience` seconds; returns how many are."""
        with self._changed:
            self._changed.wait_for(lambda: self.waiting >= number, patience)
            return self.waiting
