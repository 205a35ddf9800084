"""GitHub's published limits on one token: requests wait before they would exceed one.

Sources: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api ("About secondary rate
limits"), https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

import contextlib
import enum
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from crreg.github.errors import Cause, GitHubError
from crreg.github.moment import date_of
from crreg.github.write_limits import WriteLimits, until
from crreg.net.deadline import Deadline

MOST_CONCURRENT = 100
"""Requests at the same time, REST and GraphQL together."""
WINDOW = 60.0
"""Seconds that the other limits are about."""
PROCESSING_SECONDS = 90.0
"""GitHub's own seconds of work in a window, REST and GraphQL together; estimated by how long answers take."""
_SLEEPING = threading.Event()
"""Is never set, so that waiting for it takes the given time."""
_NUMBER = re.compile(r"[0-9]{1,11}")
_WRITE_POINTS = 5


class Api(enum.Enum):
    """The two interfaces of GitHub, each with limits of its own; the value is GitHub's name for the limit."""

    REST = "core"
    GRAPHQL = "graphql"

    @property
    def unit(self) -> str:
        """What the limit for an hour counts."""
        return "requests" if self is Api.REST else "points for queries"


POINTS: Mapping[Api, int] = {Api.REST: 900, Api.GRAPHQL: 2_000}
"""Points in a window."""
SECONDS: Mapping[Api, float] = {Api.REST: PROCESSING_SECONDS, Api.GRAPHQL: 60.0}
"""The part of the processing time that each interface may take."""


def points_of(verb: str, api: Api) -> int:
    """Return the points of a request: 1 if it reads, else 5. crreg's queries only read."""
    return 1 if api is Api.GRAPHQL or verb in {"GET", "HEAD", "OPTIONS"} else _WRITE_POINTS


@dataclass(frozen=True, slots=True)
class Allowance:
    """What GitHub says is left of a token's limit for an hour."""

    limit: int
    remaining: int
    resets_at: datetime


@dataclass(slots=True)
class _Usage:
    """The use of one interface."""

    points: deque[tuple[float, int]] = field(default_factory=deque)
    """The points by the moment at which they were used."""
    seconds: deque[tuple[float, float]] = field(default_factory=deque)
    """The processing time by the moment of the answer."""
    typical: float = 0.0
    """About how long an answer takes."""
    active: int = 0
    """Requests without an answer."""
    allowance: Allowance | None = None
    own: int = 0
    """Requests of this client that count in the hour of the allowance."""
    resets: float = 0.0
    """When the allowance is reset, on the monotonic clock."""
    spent: int = 0
    """Requests that began after the one whose answer stated the allowance."""


class Pacing:
    """The pace of one token's requests; safe to use from several threads."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        share: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = _SLEEPING.wait,
    ) -> None:
        """Set the limits.

        Args:
            say: called with a message for the user before a wait for the hour's limit.
            share: which part of every limit to use, more than 0 and at most 1: other machines use the same token.
            clock: returns seconds.
            wait: waits for some seconds.
        """
        self._say = say
        self._share = share
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(max(1, int(MOST_CONCURRENT * share)))
        self._usage = {api: _Usage() for api in Api}
        self._writes = WriteLimits()
        self._resumes = 0.0
        """When GitHub takes requests again, on the clock, after it asked for a pause."""
        self._told = clock() - WINDOW
        """Until when the user knows that requests wait, on the clock."""
        self.gave_up = False
        """Whether a request was refused because of a limit, by GitHub or here."""

    def allowance(self, api: Api) -> Allowance | None:
        """Return what is left of the limit for an hour; None if GitHub has not said."""
        return self._usage[api].allowance

    @contextlib.contextmanager
    def request(
        self, api: Api, points: int, deadline: Deadline
    ) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Wait until a request may be sent; call what this yields with the headers of its answer.

        Raises:
            GitHubError: a limit would not allow it before the deadline.
        """
        if not self._slots.acquire(timeout=max(0.001, deadline.remaining)):
            self.gave_up = True
            raise GitHubError(Cause.RATE_LIMITED, "Too many requests to GitHub are waiting for answers.")
        try:
            self._begin(api, points, deadline)
            started = self._clock()
            try:
                yield lambda headers: self._learn(api, headers)
            finally:
                self._end(api, self._clock() - started)
        except GitHubError as error:
            self.gave_up = self.gave_up or error.cause is Cause.RATE_LIMITED
            raise
        finally:
            self._slots.release()

    def uncount(self, api: Api) -> None:
        """Take back a request that GitHub does not count, since its answer has not changed."""
        with self._lock:
            self._usage[api].own -= 1

    def postpone(self, seconds: float, deadline: Deadline) -> bool:
        """Send nothing for some seconds, as GitHub asked; returns False if that is longer than the run can take."""
        if seconds > deadline.remaining:
            return False
        with self._lock:
            self._resumes = max(self._resumes, self._clock() + seconds)
        self._tell("GitHub asks for a pause.", seconds)
        return True

    def _tell(self, why: str, pause: float) -> None:
        """Say once for all requests that they wait."""
        with self._lock:
            resumes = self._clock() + pause
            is_known = resumes <= self._told + WINDOW
            self._told = max(self._told, resumes)
        if not is_known:
            self._say(f"{why} Waiting {pause:.0f} s.")

    def _begin(self, api: Api, points: int, deadline: Deadline) -> None:
        while True:
            with self._lock:
                used_up = self._used_up(api)
                pause = max(used_up, self._pause(api, points))
                if not pause:
                    usage = self._usage[api]
                    usage.points.append((self._clock(), points))
                    if points == _WRITE_POINTS:
                        self._writes.add(self._clock())
                    usage.active += 1
                    usage.spent += 1
                    usage.own += 1
                    return
                allowance = self._usage[api].allowance
            if pause > deadline.remaining:
                raise GitHubError(Cause.RATE_LIMITED, self._words(api, allowance if used_up else None, pause))
            if used_up:
                self._tell(self._words(api, allowance, pause), pause)
            elif pause > 2 * WINDOW:
                self._tell("GitHub limits how much is written.", pause)
            self._wait(pause)

    def _used_up(self, api: Api) -> float:
        """Return the seconds until the hour's limit is reset; 0 if some of it is left."""
        usage = self._usage[api]
        if usage.allowance is None:
            return 0.0
        is_share_left = self._share == 1 or usage.own < max(1, int(usage.allowance.limit * self._share))
        if usage.spent < usage.allowance.remaining and is_share_left:
            return 0.0
        pause = usage.resets - self._clock()
        if pause <= 0:
            usage.allowance, usage.spent, usage.own = None, 0, 0
            return 0.0
        return pause

    def _pause(self, api: Api, points: int) -> float:
        """Return the seconds until the limits for a window allow a request."""
        now = self._clock()
        for usage in self._usage.values():
            for entries in (usage.points, usage.seconds):
                while entries and entries[0][0] <= now - WINDOW:
                    entries.popleft()
        own = self._usage[api]
        pauses = [
            until(list(own.points), points, POINTS[api] * self._share),
            until(list(own.seconds), _expected(own), SECONDS[api] * self._share),
            until(
                sorted(entry for usage in self._usage.values() for entry in usage.seconds),
                sum(_expected(usage) for usage in self._usage.values()),
                PROCESSING_SECONDS * self._share,
            ),
        ]
        waits = [moment + WINDOW - now for moment in pauses if moment is not None]
        writes = self._writes.pause(now) if points == _WRITE_POINTS else 0.0
        return max([0.0, self._resumes - now, writes, *waits])

    def _end(self, api: Api, seconds: float) -> None:
        with self._lock:
            usage = self._usage[api]
            usage.active -= 1
            usage.seconds.append((self._clock(), seconds))
            usage.typical = seconds if not usage.typical else (3 * usage.typical + seconds) / 4

    def _learn(self, api: Api, headers: Mapping[str, Any]) -> None:
        """Read the headers of an answer, whose names are in lower case."""
        found = {
            name: str(headers.get(f"x-ratelimit-{name}", "")) for name in ("limit", "remaining", "reset")
        }
        if headers.get("x-ratelimit-resource") != api.value or not all(
            map(_NUMBER.fullmatch, found.values())
        ):
            return
        # GitHub's clock may differ from this machine's, so the time until the reset is taken from one answer.
        date = date_of(headers.get("date")) or datetime.now(UTC)
        resets_at = datetime.fromtimestamp(int(found["reset"]), UTC)
        with self._lock:
            usage = self._usage[api]
            usage.allowance = Allowance(int(found["limit"]), int(found["remaining"]), resets_at)
            usage.resets = self._clock() + max(timedelta(), resets_at - date).total_seconds()
            # The answer counts its own request; those that still wait for theirs may not be counted yet.
            usage.spent = usage.active - 1

    def _words(self, api: Api, allowance: Allowance | None, pause: float) -> str:
        if allowance is None:
            moment = datetime.now(UTC) + timedelta(seconds=pause)
            return (
                f"GitHub's limits allow the next request in {pause:.0f} seconds (at {moment:%H:%M} UTC), which is "
                "longer than this run can take."
            )
        part = "" if self._share == 1 else f"This job's share of {self._share:.2%} of "
        limit = f"GitHub's limit of {allowance.limit:,} {api.unit} an hour"
        return f"{part}{limit} is used up until {allowance.resets_at:%H:%M} UTC."


@contextlib.contextmanager
def paced(
    pacing: Pacing | None, api: Api, points: int, deadline: Deadline
) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Do what `Pacing.request` does, or nothing without a pacing."""
    if pacing is None:
        yield lambda _: None
        return
    with pacing.request(api, points, deadline) as answered:
        yield answered


def _expected(usage: _Usage) -> float:
    """Return the processing time that requests without an answer are expected to take, with one more."""
    return usage.typical * (usage.active + 1)
