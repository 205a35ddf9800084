"""Records requests and violations of GitHub's description, but never a token."""

import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.github.exchange import Answer, Request
from sandbox.github.identity import Identity


@dataclass(frozen=True)
class Entry:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    token: str
    """The kind of token that came with it."""
    status: int
    user_agent: str
    injected: bool
    """Whether the answer was a failure that a test had injected."""


@dataclass(frozen=True)
class Query:
    """One GraphQL query."""

    text: str
    variables: dict[str, Any]
    points: int
    """What it costs of the primary limit."""
    nodes: int
    """The most nodes that its connections may return."""


@dataclass
class Counts:
    """Sums over all requests."""

    queries: int = 0
    """GraphQL queries that were answered."""
    points: int = 0
    """What they cost of the primary limit."""
    rest: int = 0
    """REST requests that count against the primary limit."""
    unchanged: int = 0
    """REST requests that were answered with 304, which do not."""
    refused: int = 0
    """Requests over a limit."""
    received: int = 0
    """Bytes of the requests' bodies."""
    sent: int = 0
    """Bytes of the answers' bodies."""
    at_once: int = 0
    """The most requests at the same time."""


@dataclass
class Journal:
    """Everything since the last reset."""

    entries: list[Entry] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def query(self, query: Query) -> None:
        """Record one GraphQL query."""
        self.queries.append(query)

    def record(self, request: Request, identity: Identity, answer: Answer, *, injected: bool) -> None:
        """Record one request."""
        self.entries.append(
            Entry(
                request.method,
                request.path,
                dict(request.query),
                identity.kind.value,
                answer.status,
                request.headers.get("user-agent", ""),
                injected,
            )
        )

    def count(self, request: Request, answer: Answer, *, spent: int, at_once: int) -> None:
        """Add a request that cost `spent` points of a primary limit, of `at_once` at the same time."""
        counts = self.counts
        counts.received += len(request.body)
        counts.sent += len(answer.content)
        counts.at_once = max(counts.at_once, at_once)
        counts.unchanged += answer.status == 304
        counts.refused += answer.is_limited
        if request.path == "/graphql":
            counts.queries += spent > 0
            counts.points += spent
        else:
            counts.rest += spent

    def forget(self) -> None:
        """Forget everything."""
        self.entries, self.violations, self.queries, self.counts = [], [], [], Counts()

    def accuse(self, request: Request, violations: list[str]) -> None:
        """Record a violation in a request or its answer, and print it to standard error."""
        for violation in violations:
            line = f"{request.method} {request.path}: {violation}"
            self.violations.append(line)
            print(f"violation: {line}", file=sys.stderr, flush=True)

    def listed(self) -> list[dict[str, Any]]:
        """The requests, oldest first."""
        return [asdict(entry) for entry in self.entries]
