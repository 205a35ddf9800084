"""Writes are spaced only when there are many."""

from crreg.ensure.apply import MOST_AN_HOUR, MOST_AT_ONCE, Pace, seconds_for


class Clock:
    """A clock that goes on by waiting alone."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def test_few_writes_wait_for_nothing() -> None:
    clock = Clock()
    pace = Pace(MOST_AT_ONCE, clock.wait, clock)
    for _ in range(MOST_AT_ONCE):
        pace.let_through()
    assert clock.waited == []
    assert seconds_for(MOST_AT_ONCE) == 0


def test_many_writes_are_a_second_apart_from_the_first_on() -> None:
    clock = Clock()
    pace = Pace(MOST_AT_ONCE + 1, clock.wait, clock)
    for _ in range(4):
        pace.let_through()
    assert clock.waited == [1.0, 1.0, 1.0]
    assert seconds_for(MOST_AT_ONCE + 1) == MOST_AT_ONCE + 1


def test_time_that_passes_otherwise_counts() -> None:
    clock = Clock()
    pace = Pace(100, clock.wait, clock)
    pace.let_through()
    clock.now += 0.25
    pace.let_through()
    clock.now += 5
    pace.let_through()
    assert clock.waited == [0.75]


def test_more_writes_than_an_hour_has_room_for_keep_to_the_hours_limit() -> None:
    clock = Clock()
    pace = Pace(MOST_AN_HOUR + 1, clock.wait, clock)
    start = clock.now
    sent: list[float] = []
    for _ in range(MOST_AN_HOUR + 1):
        pace.let_through()
        sent.append(clock.now - start)
    assert sum(moment < 3600 for moment in sent) <= 500
    assert seconds_for(MOST_AN_HOUR + 1) >= sent[-1]
    assert seconds_for(MOST_AN_HOUR) == MOST_AN_HOUR
