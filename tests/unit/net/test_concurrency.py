import threading
from functools import partial

import pytest

from crreg.net import concurrency
from crreg.net.concurrency import Pool, Share, on_each_result, within


def test_calls_run_at_the_same_time_and_hand_back_what_they_return() -> None:
    barrier, pool = threading.Barrier(8, timeout=10), Pool(8)
    futures = [pool.submit(barrier.wait) for _ in range(8)]
    assert sorted(future.result(10) for future in futures) == list(range(8))


def test_a_call_that_raises_hands_the_error_to_whoever_asks() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Pool(1).submit(fail).result(10)


def test_no_more_threads_run_at_the_same_time_than_were_allowed() -> None:
    before = set(threading.enumerate())
    pool, may_end = Pool(2), threading.Event()
    futures = [pool.submit(lambda: may_end.wait(10)) for _ in range(50)]
    started = set(threading.enumerate()) - before
    may_end.set()
    assert all(future.result(10) for future in futures)
    assert len(started) == 2


def test_a_share_takes_no_more_threads_than_it_may_and_leaves_the_others_to_others() -> None:
    pool, may_end, has_begun = Pool(3), threading.Event(), threading.Semaphore(0)
    slow, quick = Share(pool, 2), Share(pool, 2)
    begun: list[int] = []

    def hang(number: int) -> bool:
        begun.append(number)
        has_begun.release()
        return may_end.wait(10)

    hanging = [slow.submit(partial(hang, number)) for number in range(50)]
    assert has_begun.acquire(timeout=10)
    assert has_begun.acquire(timeout=10)
    assert [quick.submit(partial(int, number)).result(10) for number in range(20)] == list(range(20))
    assert sorted(begun) == [0, 1]
    may_end.set()
    assert all(future.result(10) for future in hanging)
    assert sorted(begun) == list(range(50))


def test_shares_take_turns() -> None:
    pool, may_begin = Pool(1), threading.Event()
    pool.submit(lambda: may_begin.wait(10))
    order: list[str] = []
    many, few = Share(pool, 1), Share(pool, 1)
    futures = [many.submit(partial(order.append, f"many {number}")) for number in range(4)]
    futures += [few.submit(partial(order.append, f"few {number}")) for number in range(2)]
    may_begin.set()
    for future in futures:
        future.result(10)
    assert order == ["many 0", "few 0", "many 1", "few 1", "many 2", "many 3"]


def test_a_share_begins_again_after_it_had_nothing_to_do_and_after_an_error() -> None:
    share = Share(Pool(2), 1)
    for _ in range(50):
        with pytest.raises(ZeroDivisionError):
            share.submit(lambda: 1 // 0).result(10)
        assert share.submit_after(share.submit(lambda: 1), lambda: 2).result(10) == 2


def test_threads_end_when_there_is_nothing_to_do_and_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(concurrency, "IDLE_SECONDS", 0.01)
    before = set(threading.enumerate())
    pool = Pool(3)
    for _ in range(2):
        for future in [pool.submit(lambda: None) for _ in range(20)]:
            future.result(10)
        for thread in set(threading.enumerate()) - before:
            thread.join(10)
        assert not set(threading.enumerate()) - before


def test_what_comes_after_starts_when_the_earlier_has_ended_even_with_one_thread() -> None:
    pool = Pool(1)
    order: list[str] = []
    earlier = pool.submit(lambda: order.append("earlier"))
    later = pool.submit_after(earlier, lambda: order.append("later"))
    later.result(10)
    assert order == ["earlier", "later"]


def test_a_call_that_takes_longer_than_it_may_is_left_behind() -> None:
    forever = threading.Event()
    before = set(threading.enumerate())
    try:
        with pytest.raises(TimeoutError):
            within(0.01, forever.wait)
        assert [thread.daemon for thread in threading.enumerate() if thread not in before] == [True]
    finally:
        forever.set()


def test_a_call_that_ends_in_time_hands_back_what_it_returns_or_raises() -> None:
    def fail() -> None:
        raise ValueError("no")

    assert within(10, lambda: 1) == 1
    with pytest.raises(ValueError, match="no"):
        within(10, fail)


def test_each_result_is_told_with_its_key_and_a_failure_is_not() -> None:
    def fail() -> str:
        raise ValueError("no")

    pool = Pool(2)
    told: list[tuple[str, str]] = []
    futures = {"good": pool.submit(lambda: "done"), "bad": pool.submit(fail)}
    on_each_result(futures, lambda key, result: told.append((key, result)))
    with pytest.raises(ValueError, match="no"):
        futures["bad"].result(10)
    # A result is there for whoever waits before those are told who listen, so that a second listener is waited for.
    pool.submit_after(futures["good"], lambda: None).result(10)
    assert told == [("good", "done")]
