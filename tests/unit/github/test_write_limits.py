"""How long the limits on writing make a run take, beside what the pace of such a run waits."""

import pytest

from crreg.github.write_limits import WriteLimits, seconds_of_writes


@pytest.mark.parametrize("count", [0, 1, 80, 81, 160, 161, 500, 501, 580, 581, 1000, 1001, 1700])
def test_the_seconds_are_those_that_the_pace_waits(count: int) -> None:
    limits, now = WriteLimits(), 50.0
    for _ in range(count):
        now += limits.pause(now)
        assert limits.pause(now) == 0
        limits.add(now)
    assert seconds_of_writes(count) == now - 50.0
