"""Work in threads that never keep the process from ending."""

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

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


def on_each_result(futures: Mapping[Key, Future[T]], tell: Callable[[Key, T], None]) -> None:
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


Job = TypeVar("Job")
Result = TypeVar("Result")

_GRACE_SECONDS = 5.0
"""For what is under way to be cancelled when another job failed, or a person ended the run."""


def in_parallel(
    work: Callable[[Job], Result], jobs: Sequence[Job], most: int, stop: threading.Event | None = None
) -> list[Result]:
    """The results of `work` for each job, in their order, made in at most `most` daemon threads.

    The first error is raised, after `stop` was set, no further job begun, and those under way given a while to end.
    """
    if len(jobs) <= 1:
        return [work(job) for job in jobs]
    workers = _Workers(work, jobs, stop or threading.Event())
    try:
        workers.start(min(most, len(jobs)))
        workers.wait(None)
    except BaseException:
        # Ctrl-C, or a runner that cancels: raised here, in the thread that waits.
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
        """Until all threads have ended, or an error ended the whole and the others had their while."""
        end = None if seconds is None else time.monotonic() + seconds
        with self._changed:
            while self._running:
                if end is None and self.errors:
                    end = time.monotonic() + _GRACE_SECONDS
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return
                self._changed.wait(left)

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
