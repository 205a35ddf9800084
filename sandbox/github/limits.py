"""GitHub's published rate limits, on a clock that may run faster than the client's.

Sources: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

# Assumes GH-LIMIT-SECONDARY.

import math
import time
from collections import deque
from dataclasses import dataclass, field

from sandbox.github.identity import Identity, TokenKind
from sandbox.github.world import World

MINUTE = 60
HOUR = 3600
READING = ("GET", "HEAD", "OPTIONS")
_USUAL = 5_000
_WORKFLOW = 1_000
_ANONYMOUS = 60
_MOST_OF_INSTALLATION = 12_500
_INCLUDED = 20
"""Repositories, and users, that add nothing to an installation's limit."""
_FOR_EACH_MORE = 50
_ENTERPRISE = {"core": 15_000, "graphql": 10_000}


@dataclass(frozen=True)
class Rules:
    """The secondary limits, and what the sandbox takes each request to cost."""

    speed: float = 1.0
    """Seconds of GitHub's clock in one second of the client's."""
    skew: float = 0.0
    """Seconds by which GitHub's clock is ahead of the client's."""
    primary: int | None = None
    """Points an hour for every token, in place of GitHub's own number."""
    concurrent: int = 100
    """Requests at the same time, REST and GraphQL together."""
    rest_points: int = 900
    """A minute: 1 for reading, 5 for writing."""
    graphql_points: int = 2_000
    """A minute: 1 for each query."""
    cpu_seconds: float = 90
    """In a minute, REST and GraphQL together."""
    graphql_cpu_seconds: float = 60
    """In a minute, GraphQL's part."""
    minute_writes: int = 80
    """Requests that create content, in a minute. GitHub does not say which do; here all that write."""
    hour_writes: int = 500
    rest_seconds: float = 0.04
    """What a REST request takes of the CPU, and to answer. GitHub publishes no such figure, also for those below."""
    graphql_seconds: float = 0.2
    """What a query takes, and then each of its objects."""
    object_seconds: float = 0.0005


@dataclass
class Window:
    """A rolling sum."""

    length: float
    """Seconds of GitHub's clock."""
    most: float
    entries: deque[tuple[float, float]] = field(default_factory=deque)
    total: float = 0.0

    def wait(self, now: float, amount: float) -> float:
        """Seconds until that amount fits; 0 if it does now."""
        while self.entries and self.entries[0][0] <= now - self.length:
            self.total -= self.entries.popleft()[1]
        excess = self.total + amount - self.most
        for moment, entry in self.entries:
            if excess <= 0:
                break
            excess -= entry
            freed = moment + self.length - now
        return freed if self.total + amount > self.most and self.entries else 0.0

    def add(self, now: float, amount: float) -> None:
        """Count an amount."""
        self.entries.append((now, amount))
        self.total += amount


class Secondary:
    """The secondary limits of one holder."""

    def __init__(self, rules: Rules) -> None:
        self._rest = Window(MINUTE, rules.rest_points)
        self._graphql = Window(MINUTE, rules.graphql_points)
        self._cpu = Window(MINUTE, rules.cpu_seconds)
        self._graphql_cpu = Window(MINUTE, rules.graphql_cpu_seconds)
        self._minute = Window(MINUTE, rules.minute_writes)
        self._hour = Window(HOUR, rules.hour_writes)

    def admit(self, now: float, method: str, seconds: float, *, is_graphql: bool) -> float:
        """Count a request that takes so many seconds; returns the seconds to wait if it is over a limit, else 0."""
        writes = method not in READING and not is_graphql
        points = 5 if writes else 1
        amounts = [(self._cpu, seconds), (self._graphql if is_graphql else self._rest, points)]
        if is_graphql:
            amounts.append((self._graphql_cpu, seconds))
        if writes:
            amounts += [(self._minute, 1), (self._hour, 1)]
        wait = max(window.wait(now, amount) for window, amount in amounts)
        if wait == 0:
            for window, amount in amounts:
                window.add(now, amount)
        return wait


class Enforced:
    """The secondary limits of everyone; a request's holder is who its primary limit belongs to."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._holders: dict[str, Secondary] = {}

    def seconds(self, objects: int | None) -> float:
        """What a request takes of the CPU; `objects` are a query's, None for REST."""
        rules = self.rules
        if objects is None:
            return rules.rest_seconds
        return rules.graphql_seconds + objects * rules.object_seconds

    def admit(self, holder: str, method: str, objects: int | None) -> int:
        """Count a request; returns the client's seconds to wait if it is over a limit, else 0."""
        now = time.monotonic() * self.rules.speed
        limits = self._holders.setdefault(holder, Secondary(self.rules))
        wait = limits.admit(now, method, self.seconds(objects), is_graphql=objects is not None)
        return math.ceil(wait / self.rules.speed)


def allowance(world: World, identity: Identity, resource: str) -> int:
    """The primary limit of a token: requests, or points of GraphQL, an hour."""
    # Assumes GH-LIMIT-PRIMARY.
    if identity.kind is TokenKind.NONE:
        return _ANONYMOUS
    if identity.kind not in (TokenKind.INSTALLATION, TokenKind.WORKFLOW):
        return _USUAL
    account = world.account(identity.resource_owner or "")
    enterprise = account is not None and account.plan == "enterprise"
    if identity.kind is TokenKind.WORKFLOW:
        return _ENTERPRISE["core"] if enterprise else _WORKFLOW
    if account is None or enterprise:
        return _ENTERPRISE[resource] if enterprise else _USUAL
    reached = world.by_owner.get(account.login.lower(), {})
    repositories = len(reached if identity.repositories is None else identity.repositories)
    more = max(0, repositories - _INCLUDED) + max(0, len(account.members) - _INCLUDED)
    return min(_MOST_OF_INSTALLATION, _USUAL + _FOR_EACH_MORE * more)


def holder(world: World, identity: Identity) -> str:
    """Who a primary limit belongs to, in the words of GitHub's message; two tokens of a user share theirs."""
    person = world.account(identity.owner or "")
    if person is not None:
        return f"user ID {person.id}"
    if identity.kind is TokenKind.NONE:
        return "127.0.0.1"
    if identity.kind is TokenKind.APP:
        return f"app ID {identity.app_id}"
    account = world.account(identity.resource_owner or "")
    number = account.id if account is not None else 0
    for installation in world.installations.values():
        if (installation.app_id, installation.account) == (identity.app_id, identity.resource_owner):
            number = installation.id
    if identity.kind is TokenKind.WORKFLOW:
        # A workflow's limit is that of its repository.
        number = min(identity.repositories or {number})
    return f"installation ID {number}"
