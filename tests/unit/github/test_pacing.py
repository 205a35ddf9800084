"""Requests keep to GitHub's published limits, on a clock that only waiting moves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from crreg.github.errors import Cause, GitHubError
from crreg.github.pacing import Api, Pacing, points_of
from crreg.net.deadline import Deadline


@dataclass
class Clock:
    now: float = 1_000.0
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def pacing(self) -> Pacing:
        return Pacing(self.said.append, clock=lambda: self.now, wait=self.wait)

    def deadline(self, seconds: float = 10_000) -> Deadline:
        return Deadline(self.now + seconds, lambda: self.now)


def send(
    clock: Clock,
    pacing: Pacing,
    api: Api = Api.REST,
    *,
    points: int = 1,
    takes: float = 0.0,
    headers: Mapping[str, str] | None = None,
) -> None:
    with pacing.request(api, points, clock.deadline()) as answered:
        clock.now += takes
        answered(headers or {})


def limit(api: Api, remaining: int, *, reset: int = 1_700_000_060) -> dict[str, str]:
    return {
        "x-ratelimit-resource": api.value,
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(reset),
        # 60 seconds before the reset, by GitHub's clock.
        "date": "Tue, 14 Nov 2023 22:13:20 GMT",
    }


@pytest.mark.parametrize(
    ("api", "points", "most"), [(Api.REST, 1, 900), (Api.REST, 10, 90), (Api.GRAPHQL, 1, 2_000)]
)
def test_the_points_of_a_minute_are_spread(api: Api, points: int, most: int) -> None:
    clock = Clock()
    pacing = clock.pacing()
    for _ in range(most):
        send(clock, pacing, api, points=points)
    assert clock.waits == []
    send(clock, pacing, api, points=points)
    assert clock.waits == [60.0]
    assert clock.said == []


def test_writes_are_spread_over_the_minute_and_the_hour() -> None:
    clock = Clock()
    pacing = clock.pacing()
    moments = []
    for _ in range(600):
        send(clock, pacing, points=points_of("PUT", Api.REST))
        moments.append(clock.now)
    assert moments[79] == moments[0]
    assert all(later - earlier > 60 for earlier, later in zip(moments, moments[80:], strict=False))
    assert all(later - earlier > 3600 for earlier, later in zip(moments, moments[500:], strict=False))
    # No longer than that: 500 in six full minutes, and the other hundred in the hour after.
    assert moments[499] - moments[0] == 6 * 61
    assert moments[599] - moments[0] == 3601 + 61
    assert clock.said == ["GitHub limits how much is written. Waiting 3235 s."]


def test_reading_goes_on_while_writes_wait() -> None:
    clock = Clock()
    pacing = clock.pacing()
    for _ in range(80):
        send(clock, pacing, points=points_of("PUT", Api.REST))
    send(clock, pacing)
    assert clock.waits == []


def test_a_pause_that_github_asks_for_holds_everything_back_and_is_said_once() -> None:
    clock = Clock()
    pacing = clock.pacing()
    assert pacing.postpone(300, clock.deadline())
    assert pacing.postpone(301, clock.deadline())
    assert clock.said == ["GitHub asks for a pause. Waiting 300 s."]
    send(clock, pacing)
    assert clock.waits == [301.0]
    assert not pacing.postpone(300, clock.deadline(299))
    send(clock, pacing, Api.GRAPHQL)
    assert clock.waits == [301.0]


def test_each_interface_has_points_of_its_own() -> None:
    clock = Clock()
    pacing = clock.pacing()
    for _ in range(900):
        send(clock, pacing)
    send(clock, pacing, Api.GRAPHQL)
    assert clock.waits == []


def test_the_time_that_github_works_is_limited() -> None:
    clock = Clock()
    pacing = clock.pacing()
    for _ in range(6):
        send(clock, pacing, Api.GRAPHQL, takes=9.0)
    # 54 seconds of 60 are used, and the next answer is expected to take 9.
    send(clock, pacing, Api.GRAPHQL, takes=9.0)
    assert clock.waits == [60.0 - 45.0]


def test_requests_under_way_count_as_work_to_come() -> None:
    clock = Clock()
    pacing = clock.pacing()
    send(clock, pacing, Api.GRAPHQL, takes=25.0)
    with (
        pacing.request(Api.GRAPHQL, 1, clock.deadline()),
        pytest.raises(GitHubError) as caught,
        pacing.request(Api.GRAPHQL, 1, clock.deadline(1)),
    ):
        pass
    assert caught.value.cause is Cause.RATE_LIMITED
    assert "longer than this run can take" in caught.value.detail


def test_a_used_up_limit_is_waited_for_and_said_once() -> None:
    clock = Clock()
    pacing = clock.pacing()
    send(clock, pacing, headers=limit(Api.REST, 1))
    allowance = pacing.allowance(Api.REST)
    assert allowance is not None
    assert (allowance.limit, allowance.remaining) == (5_000, 1)
    send(clock, pacing)
    assert clock.waits == []
    send(clock, pacing)
    assert clock.waits == [60.0]
    assert clock.said == [
        "GitHub's limit of 5,000 requests an hour is used up until 22:14 UTC. Waiting 60 s."
    ]
    send(clock, pacing, Api.GRAPHQL)
    assert clock.waits == [60.0]


def test_a_reset_beyond_the_deadline_ends_the_wait_at_once() -> None:
    clock = Clock()
    pacing = clock.pacing()
    send(clock, pacing, Api.GRAPHQL, headers=limit(Api.GRAPHQL, 0))
    with pytest.raises(GitHubError) as caught, pacing.request(Api.GRAPHQL, 1, clock.deadline(59)):
        pass
    assert caught.value.cause is Cause.RATE_LIMITED
    assert (
        caught.value.detail
        == "GitHub's limit of 5,000 points for queries an hour is used up until 22:14 UTC."
    )
    assert (clock.waits, clock.said) == ([], [])


def test_requests_without_an_answer_use_what_is_left() -> None:
    clock = Clock()
    pacing = clock.pacing()
    with (
        pacing.request(Api.REST, 1, clock.deadline()) as first,
        pacing.request(Api.REST, 1, clock.deadline()),
    ):
        first(limit(Api.REST, 1))
        send(clock, pacing)
    assert clock.waits == [60.0]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        limit(Api.GRAPHQL, 0),
        limit(Api.REST, 0) | {"x-ratelimit-reset": "soon"},
        limit(Api.REST, 0) | {"x-ratelimit-remaining": "-1"},
    ],
)
def test_headers_that_say_nothing_of_this_limit_change_nothing(headers: dict[str, str]) -> None:
    clock = Clock()
    pacing = clock.pacing()
    send(clock, pacing, headers=headers)
    assert pacing.allowance(Api.REST) is None
    send(clock, pacing)
    assert clock.waits == []


def test_no_more_than_a_hundred_requests_run_at_once() -> None:
    clock = Clock()
    pacing = clock.pacing()
    entered = [pacing.request(Api.REST, 1, clock.deadline()) for _ in range(100)]
    for each in entered:
        each.__enter__()
    with pytest.raises(GitHubError), pacing.request(Api.GRAPHQL, 1, clock.deadline(0)):
        pass
    entered[0].__exit__(None, None, None)
    send(clock, pacing, Api.GRAPHQL)


def test_writes_cost_more_and_queries_only_read() -> None:
    assert [points_of(verb, Api.REST) for verb in ("GET", "PUT", "POST")] == [1, 5, 5]
    assert points_of("POST", Api.GRAPHQL) == 1


def test_a_share_of_the_limits_is_kept() -> None:
    clock = Clock()
    pacing = Pacing(clock.said.append, share=0.25, clock=lambda: clock.now, wait=clock.wait)
    for _ in range(226):
        send(clock, pacing)
    assert clock.waits == [60.0], "900 requests a minute are 225 for a quarter"


def test_a_share_of_the_hours_limit_ends_before_the_limit_does() -> None:
    clock = Clock()
    pacing = Pacing(clock.said.append, share=0.001, clock=lambda: clock.now, wait=clock.wait)
    for _ in range(5):
        send(clock, pacing, headers=limit(Api.REST, 4_900))
    with pytest.raises(GitHubError) as caught, pacing.request(Api.REST, 1, clock.deadline(30)):
        pass
    assert caught.value.cause is Cause.RATE_LIMITED
    assert caught.value.detail == (
        "This job's share of 0.10% of GitHub's limit of 5,000 requests an hour is used up until 22:14 UTC."
    )
    assert pacing.gave_up
    send(clock, pacing, headers=limit(Api.REST, 4_900))
    assert clock.waits == [60.0]


def test_an_unchanged_answer_is_not_part_of_the_share() -> None:
    clock = Clock()
    pacing = Pacing(clock.said.append, share=0.001, clock=lambda: clock.now, wait=clock.wait)
    for _ in range(50):
        send(clock, pacing, headers=limit(Api.REST, 4_900))
        pacing.uncount(Api.REST)
    assert clock.waits == []
    assert not pacing.gave_up
