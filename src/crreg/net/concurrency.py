"""Threads that never keep the process alive."""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Key = TypeVar("Key")
IDLE_SECONDS = 1.0
"""How long a pool's thread waits for more to do before it ends."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Run `call` in a new thread for at most `seconds`; return its result or raise its error.

    A thread that takes longer is abandoned, because nothing can end a library's read of a very slow response.

    Raises:
    TimeoutError: it took longer.
    """
    future: Future[T] = Future()
    threading.Thread(target=lambda: _run_into(future, call), daemon=True).start()
    return future.result(timeout=seconds)


def on_each_result(futures: Mapping[Key, Future[T]], callback: Callable[[Key, T], None]) -> None:
    """Call `callback(key, result)` as each future succeeds, in the thread that completed it. It must not raise."""

    def report(key: Key, future: Future[T]) -> None:
        if future.exception() is None:
            callback(key, future.result())

    for key, future in futures.items():
        future.add_done_callback(partial(report, key))


class Pool:
    """A pool of at most `most` daemon threads, started on demand.

    `concurrent.futures` joins its threads when the interpreter exits, so one very slow server could hold up a run
    whose deadline has passed. These threads are abandoned. A thread with nothing to do ends soon, so a pool for each of
    thousands of repositories leaves none behind.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._pending = 0

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """Run `call` in a thread; return a future with its result or error."""
        future: Future[T] = Future()
        self._enqueue(call, future)
        return future

    def submit_after(self, earlier: Future[Any], call: Callable[[], T]) -> Future[T]:
        """Run `call` in a thread after `earlier` has succeeded or failed; no thread waits in the meantime."""
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
            self._work.put(work)
            if self._pending > self._threads and self._threads < self._most:
                self._threads += 1
                threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                work = self._work.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._work.empty():
                        self._threads -= 1
                        return
            else:
                work()


class Share(Pool):
    """A part of a pool's threads: at most `most` of them at a time, so that the others are left to other shares.

    A call that has to wait then queues behind what waits in the pool, so all shares take turns.
    """

    def __init__(self, pool: Pool, most: int) -> None:
        super().__init__(most)
        self._pool = pool
        self._waiting: deque[Callable[[], None]] = deque()

    def _enqueue(self, call: Callable[[], T], future: Future[T]) -> None:
        with self._lock:
            self._waiting.append(partial(_run_into, future, call))
            if self._threads == self._most:
                return
            self._threads += 1
        self._pool.submit(self._run_next)

    def _run_next(self) -> None:
        with self._lock:
            work = self._waiting.popleft() if self._waiting else None
            if work is None:
                self._threads -= 1
                return
        work()
        self._pool.submit(self._run_next)


def _run_into(future: Future[T], call: Callable[[], T]) -> None:
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - raised again where the result is read
        future.set_exception(error)
    else:
        future.set_result(result)


Value = TypeVar("Value")


@dataclass(slots=True)
class _Cell(Generic[Value]):
    lock: threading.Lock = field(default_factory=threading.Lock)
    values: list[Value] = field(default_factory=list)
    """The value; empty until it is made."""


class OncePerKey(Generic[Key, Value]):
    """A cache that makes one value per key; other threads that need the same key wait for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cells: dict[Key, _Cell[Value]] = {}

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the value for `key`; call `make` if there is none."""
        with self._lock:
            cell = self._cells.setdefault(key, _Cell())
        with cell.lock:
            if not cell.values:
                cell.values.append(make())
            return cell.values[0]


Job = TypeVar("Job")
Result = TypeVar("Result")

_GRACE_SECONDS = 5.0
_LONGEST_WAIT = 0.2
"""Seconds to wait at a time: Python runs the handler of a signal that arrives just before a wait only after it.

Source: "Execution of Python signal handlers" in https://docs.python.org/3/library/signal.html
"""
"""Time for running jobs to cancel after another job failed or the user ended the run."""


def in_parallel(
    work: Callable[[Job], Result], jobs: Sequence[Job], most: int, stop: threading.Event | None = None
) -> list[Result]:
    """Call `work` for each job in at most `most` daemon threads; return the results in the jobs' order.

    After an error, `stop` is set and no further job starts. The first error is raised once the running jobs have ended
    or had a few seconds to do so.
    """
    if len(jobs) <= 1:
        return [work(job) for job in jobs]
    workers = _Workers(work, jobs, stop or threading.Event())
    try:
        workers.start(min(most, len(jobs)))
        workers.wait(None)
    except BaseException:
        # Ctrl-C or a canceled workflow raises here, in the waiting thread.
        workers.stop.set()
        workers.wait(_GRACE_SECONDS)
        raise
    if workers.errors:
        raise workers.errors[0]
    return [workers.results[number] for number in range(len(jobs))]


class _Workers(Generic[Job, Result]):
    def __init__(self, work: Callable[[Job], Result], jobs: Sequence[Job], stop: threading.Event) -> None:
        self.stop = stop
        self.results: dict[int, Result] = {}
        self.errors: list[BaseException] = []
        self._work = work
        self._jobs: queue.SimpleQueue[tuple[int, Job]] = queue.SimpleQueue()
        for number, job in enumerate(jobs):
            self._jobs.put((number, job))
        self._changed = threading.Condition()
        self._running = 0

    def start(self, threads: int) -> None:
        self._running = threads
        for _ in range(threads):
            threading.Thread(target=self._run, daemon=True).start()

    def wait(self, seconds: float | None) -> None:
        """Wait until all threads have ended, or until a few seconds after the first error."""
        end = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while self._running:
                if end is None and self.errors:
                    end = time.monotonic() + _GRACE_SECONDS
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return
                self._changed.wait(_LONGEST_WAIT if left is None else min(left, _LONGEST_WAIT))

    def _run(self) -> None:
        try:
            while not self.stop.is_set():
                try:
                    number, job = self._jobs.get_nowait()
                except queue.Empty:
                    return
                self.results[number] = self._work(job)
        except BaseException as error:  # noqa: BLE001 - raised again in the waiting thread
            with self._changed:
                self.errors.append(error)
            self.stop.set()
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
