import signal
import threading

import pytest

from crreg.net.concurrency import in_parallel


def test_results_come_in_the_order_of_the_jobs() -> None:
    assert in_parallel(lambda number: number * 2, range(50), 4) == [number * 2 for number in range(50)]
    assert in_parallel(lambda number: number, [], 4) == []


def test_no_more_than_so_many_are_under_way_at_once() -> None:
    met = threading.Barrier(3)
    lock = threading.Lock()
    now, most = 0, 0

    def work(_: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        met.wait(10)
        with lock:
            now -= 1

    in_parallel(work, range(9), 3)

    assert most == 3


def test_an_error_stops_the_others_and_is_raised() -> None:
    stop = threading.Event()
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise ValueError("the first")
        stop.wait(10)

    with pytest.raises(ValueError, match="the first"):
        in_parallel(work, range(100), 2, stop)

    assert stop.is_set()
    assert len(begun) <= 3


def test_an_interruption_stops_those_under_way() -> None:
    stop = threading.Event()
    begun = threading.Barrier(2)
    ended: list[int] = []

    def work(number: int) -> None:
        begun.wait(10)
        if number == 0:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        stop.wait(10)
        ended.append(number)

    with pytest.raises(KeyboardInterrupt):
        in_parallel(work, range(2), 2, stop)

    assert sorted(ended) == [0, 1]
