"""Many like jobs in a few threads, which end together."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

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
    crew = _Crew(work, jobs, stop or threading.Event())
    try:
        crew.start(min(most, len(jobs)))
        crew.wait(None)
    except BaseException:
        # Ctrl-C, or a runner that cancels: raised here, in the thread that waits.
        crew.stop.set()
        crew.wait(_GRACE_SECONDS)
        raise
    if crew.errors:
        raise crew.errors[0]
    return [crew.results[number] for number in range(len(jobs))]


class _Crew(Generic[Job, Result]):
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
