"""The tokens that the sandbox's GHCR issues: opaque, each valid for its scopes and a time."""

import secrets
import threading
import time
from dataclasses import dataclass

from sandbox import credentials

PULL = "pull"
PUSH = "push"
_LIFETIME_SECONDS = 300.0


@dataclass(slots=True)
class Grant:
    """The data of a token."""

    password: str | None
    """The GitHub token that it was issued for; None for an anonymous one."""
    scopes: frozenset[tuple[str, str]]
    """Repository and action."""
    ends: float
    """When it expires, on the monotonic clock."""

    def allows(self, repository: str, action: str) -> bool:
        """Whether it was requested for that repository and action."""
        return (repository, action) in self.scopes


class Tokens:
    """All tokens issued; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def issue(self, password: str | None, scopes: list[str]) -> str:
        """Issue a token for the requested scopes; like GHCR, access is checked at each request."""
        # Assumes GHCR-TOKEN-ANY, GHCR-TOKEN-LIFE.
        token = credentials.register(secrets.token_urlsafe(32))
        ends = time.monotonic() + _LIFETIME_SECONDS
        with self._lock:
            self._grants[token] = Grant(password, _actions(scopes), ends)
        return token

    def find(self, token: str) -> Grant | None:
        """Return what a token grants; None if it is unknown or has expired."""
        with self._lock:
            grant = self._grants.get(token)
        return grant if grant is not None and grant.ends > time.monotonic() else None


def repositories(scopes: list[str]) -> list[str]:
    """The names in scopes `repository:NAME:ACTIONS`."""
    return sorted({name for name, _ in _actions(scopes)})


def _actions(scopes: list[str]) -> frozenset[tuple[str, str]]:
    pairs = set()
    for scope in scopes:
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind == "repository" and name:
            pairs |= {(name, action) for action in actions.split(",")}
    return frozenset(pairs)
