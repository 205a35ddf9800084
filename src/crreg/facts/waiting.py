"""Says how many answers a run still waits for, and from which hosts, each time one arrives."""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from typing import Any

from crreg.printable import plural

GITHUB = "GitHub"
"""What GitHub's API is called here."""
_MOST_NAMED = 3


@contextlib.contextmanager
def counting_down(say: Callable[[str], None], asked: Iterable[tuple[str, Future[Any]]]) -> Iterator[None]:
    """Call `say` now and after each answer, in any thread but never in two at once, and not after the block.

    Args:
        say: called with a sentence without a period; it must not raise.
        asked: each pending answer, with the host that it comes from.
    """
    pending = list(asked)
    waiting = _Waiting(say, Counter(host for host, _ in pending))
    waiting.tell()
    for host, future in pending:
        future.add_done_callback(partial(waiting.answered, host))
    try:
        yield
    finally:
        waiting.end()


class _Waiting:
    def __init__(self, say: Callable[[str], None], hosts: Counter[str]) -> None:
        self._say = say
        self._hosts = hosts
        self._lock = threading.Lock()
        self._over = False

    def answered(self, host: str, _: Future[Any]) -> None:
        with self._lock:
            self._hosts[host] -= 1
            self._tell()

    def tell(self) -> None:
        with self._lock:
            self._tell()

    def end(self) -> None:
        with self._lock:
            self._over = True

    def _tell(self) -> None:
        hosts = [host for host, count in self._hosts.items() if count > 0]
        if self._over or not hosts:
            return
        named = ", ".join(hosts[:_MOST_NAMED])
        more = f" and {plural(len(hosts) - _MOST_NAMED, 'other host')}" if len(hosts) > _MOST_NAMED else ""
        self._say(f"Waiting for {plural(self._hosts.total(), 'answer')} from {named}{more}")
