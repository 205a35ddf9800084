"""The tokens that the sandbox's GHCR issues: opaque, each valid for its scopes, a time and a number of requests."""

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
    uses: int | None
    """The remaining number of requests; None if unlimited."""

    def allows(self, repository: str, action: str) -> bool:
        """Whether it was requested for that repository and action."""
        return (repository, action) in self.scopes


class Tokens:
    """All tokens issued; safe to use from several threads."""

    def __init__(self) -> None:
        self.seconds = _LIFETIME_SECONDS
        """The lifetime of tokens issued from now on."""
        self.uses: int | None = None
        """The number of requests for tokens issued from now on; None if unlimited."""
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def issue(self, password: str | None, scopes: list[str]) -> str:
        """Issue a token for the requested scopes; like GHCR, access is checked at each request."""
        # Assumes GHCR-TOKEN-ANY, GHCR-TOKEN-LIFE.
        token = credentials.register(secrets.token_urlsafe(32))
        ends = time.monotonic() + self.seconds
        with self._lock:
            self._grants[token] = Grant(password, _actions(scopes), ends, self.uses)
        return token

    def spend(self, token: str) -> Grant | None:
        """Use a token for one request; None if it is unknown or has expired."""
        with self._lock:
            grant = self._grants.get(token)
            if grant is None or grant.ends <= time.monotonic() or grant.uses == 0:
                return None
            if grant.uses is not None:
                grant.uses -= 1
            return grant

    def end_all(self) -> None:
        """Expire every token issued so far."""
        with self._lock:
            self._grants.clear()


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
