"""Work that is done once for each key, whichever thread comes first."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


@dataclass(slots=True)
class _Cell(Generic[Value]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[Value] = field(default_factory=list)
    """The value, once it is there."""


class OncePerKey(Generic[Key, Value]):
    """Remembers what was made for each key; a thread that asks meanwhile waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[Key, _Cell[Value]] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """What was made for `key`, by `make` if nothing was."""
        with self._lock:
            cell = self._cells.setdefault(key, _Cell())
        with cell.lock:
            if not cell.values:
                cell.values.append(make())
            return cell.values[0]
