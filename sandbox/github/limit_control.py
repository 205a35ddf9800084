"""Lets tests enforce GitHub's limits, inject failures, hold requests back, and read what was counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Literal

from sandbox.github.channel import PATIENCE, Channel, ControlError
from sandbox.github.journal import Counts, Query
from sandbox.github.limits import Rules


class Limits:
    """How much GitHub takes, and how much it got."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def enforce(self, rules: Rules = Rules()) -> None:  # noqa: B008 - a frozen value
        """Enforce the secondary limits from now on, which are GitHub's own unless `rules` differ.

        The primary limits always hold. Requests take the time that `rules` say.
        """
        self._channel.do("enforce", **asdict(rules))

    def strain(self, *, heaviest: int | None = None, most_repositories: int | None = None) -> None:
        """Let a GraphQL query time out if it asks for more than `heaviest` objects, and give up after
        `most_repositories` repositories, with an error in place of each further one."""
        self._channel.do("strain", heaviest=heaviest, most_repositories=most_repositories)

    def exceed(
        self,
        kind: Literal["primary", "secondary"],
        *,
        requests: int = 1,
        status: Literal[403, 429] = 403,
        retry_after: int | None = 1,
        path: str = "",
    ) -> None:
        """Make the next requests (whose path contains `path`) exceed a rate limit.

        `retry_after` is in seconds: the Retry-After of a secondary limit (None for none), and how far in the
        future a primary limit's reset lies. Over its primary limit, GraphQL answers 200 whatever the `status`.
        """
        self._fault(kind, requests, status, retry_after, path)

    def fail(
        self,
        status: int,
        *,
        requests: int = 1,
        retry_after: int | None = None,
        path: str = "",
        html: bool = False,
    ) -> None:
        """Make the next requests (whose path contains `path`) fail with that status; with `html`, as a page of the
        server in front of GitHub's."""
        self._fault("status", requests, status, retry_after, path, html=html)

    def _fault(
        self,
        kind: str,
        requests: int,
        status: int,
        retry_after: int | None,
        path: str,
        *,
        html: bool = False,
    ) -> None:
        self._channel.do(
            "fault",
            kind=kind,
            requests=requests,
            status=status,
            retry_after=retry_after,
            path=path,
            html=html,
        )

    @contextmanager
    def held(self, path: str = "", *, passing: int = 0) -> Iterator[None]:
        """Hold the requests to a path that contains `path` back, after `passing` more, until the end of the block."""
        self._channel.do("hold", path=path, passing=passing)
        try:
            yield
        finally:
            self._channel.do("release")

    def wait_until_held(self, number: int = 1) -> None:
        """Wait until that many requests are held back; raises ControlError if they don't come."""
        found = self._channel.do("held", number=number, patience=PATIENCE - 5)
        if found < number:
            raise ControlError(f"{found} requests are held, and not {number}")

    def counts(self) -> Counts:
        """What the server has counted since the reset."""
        return Counts(**self._channel.do("counts"))

    def queries(self) -> list[Query]:
        """The GraphQL queries since the reset, oldest first."""
        return [Query(**each) for each in self._channel.do("queries")]
