import threading
import time

import pytest

from crreg.registry.transport.watchdog import Watchdog


def test_a_block_that_ends_in_time_is_not_cut_off() -> None:
    dog, cut = Watchdog(), threading.Event()
    with dog.within(0.01, cut.set) as alarm:
        pass
    # A later alarm comes due after the first would have, and shows that the first did nothing.
    later = threading.Event()
    with dog.within(0.02, later.set):
        assert later.wait(10)
    assert (alarm.late, cut.is_set()) == (False, False)


def test_a_block_that_takes_too_long_is_cut_off() -> None:
    dog, cut = Watchdog(), threading.Event()
    with dog.within(0.01, cut.set) as alarm:
        assert cut.wait(10)
    assert alarm.late


def test_an_alarm_that_is_due_before_the_one_waited_for_comes_first() -> None:
    dog, order = Watchdog(), list[str]()
    done = threading.Event()

    def second() -> None:
        order.append("second")
        done.set()

    with (
        dog.within(0.2, second),
        dog.within(0.01, lambda: order.append("first")),
    ):
        assert done.wait(10)
    assert order == ["first", "second"]


def test_a_cut_that_fails_does_not_end_the_watch() -> None:
    dog, cut = Watchdog(), threading.Event()

    def fail() -> None:
        raise OSError

    with dog.within(0.01, fail), dog.within(0.02, cut.set):
        assert cut.wait(10)


def test_many_alarms_need_one_thread() -> None:
    dog, before = Watchdog(), threading.active_count()
    for _ in range(100):
        with dog.within(time.monotonic() + 60, lambda: None):
            pass
    assert threading.active_count() == before + 1


def test_its_thread_is_woken_only_for_an_alarm_that_is_due_before_it_looks_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dog, woken = Watchdog(), list[float]()
    # As while its thread waits for an alarm that is due in ten seconds.
    dog._started, dog._wakes = True, time.monotonic() + 10
    monkeypatch.setattr(dog._changed, "notify", lambda: woken.append(dog._wakes))

    for seconds in (30.0, 15.0, 5.0, 6.0):
        dog.within(seconds, lambda: None)

    assert len(woken) == 1
