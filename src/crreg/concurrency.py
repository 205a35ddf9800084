"""Work in threads that never keep the process from ending."""

import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
Key = TypeVar("Key")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Run `call` in a thread of its own for at most so many seconds; what it returns or raises.

    A thread that takes longer is left behind, whatever it waits for: nothing else ends a library's read of an
    answer that drips.

    Raises:
        TimeoutError: it took longer.
    """
    future: Future[T] = Future()
    threading.Thread(target=lambda: _run_into(future, call), daemon=True).start()
    return future.result(timeout=seconds)


def tell_each(futures: Mapping[Key, Future[T]], tell: Callable[[Key, T], None]) -> None:
    """Have `tell` hear of each result, with its key, as it is there, in whichever thread; it must raise nothing."""

    def told(key: Key, future: Future[T]) -> None:
        if future.exception() is None:
            tell(key, future.result())

    for key, future in futures.items():
        future.add_done_callback(partial(told, key))


class Pool:
    """At most `most` daemon threads, started as they are needed.

    `concurrent.futures` joins its threads when the interpreter exits, so that one server that drips a byte a
    second could hold up a run whose deadline has passed; these are left behind.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._pending = 0

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Run `call` in a thread; the future holds what it returned or raised."""
        future: Future[T] = Future()
        self._enqueue(call, future)
        return future

    def submit_after(self, earlier: Future[Any], call: Callable[[], T]) -> Future[T]:
        """Run `call` in a thread once `earlier` has ended, however it did; none waits for it meanwhile."""
        future: Future[T] = Future()
        earlier.add_done_callback(lambda _: self._enqueue(call, future))
        return future

    def _enqueue(self, call: Callable[[], T], future: Future[T]) -> None:
        def work() -> None:
            try:
                _run_into(future, call)
            finally:
                with self._lock:
                    self._pending -= 1

        with self._lock:
            self._pending += 1
            if self._pending > self._threads and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._run, daemon=True).start()
        self._work.put(work)

    def _run(self) -> None:
        while True:
            self._work.get()()


def _run_into(future: Future[T], call: Callable[[], T]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - handed to the caller who asks for the result
        future.set_exception(error)
    else:
        future.set_result(result)
