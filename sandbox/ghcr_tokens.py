"""The tokens that the sandbox's GHCR gives out: opaque, each good for its scopes, a time and a number of requests."""

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
    """What a token stands for."""

    password: str | None
    """The GitHub token that it was exchanged for; None for nobody's."""
    scopes: frozenset[tuple[str, str]]
    """Repository and action."""
    ends: float
    """On the monotonic clock."""
    uses: int | None
    """Requests that it is still good for; None for any number."""

    def allows(self, repository: str, action: str) -> bool:
        """Whether it was asked for with that repository and action."""
        return (repository, action) in self.scopes


class Tokens:
    """All that were given out; threads may ask at the same time."""

    def __init__(self) -> None:
        self.seconds = _LIFETIME_SECONDS
        """How long a token is good for, from now on."""
        self.uses: int | None = None
        """How many requests a token is good for, from now on; None for any number."""
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def issue(self, password: str | None, scopes: list[str]) -> str:
        """A token for what was asked; what its bearer may have is judged at each request, as GHCR does."""
        token = credentials.register(secrets.token_urlsafe(32))
        ends = time.monotonic() + self.seconds
        with self._lock:
            self._grants[token] = Grant(password, _actions(scopes), ends, self.uses)
        return token

    def spend(self, token: str) -> Grant | None:
        """Use a token for one request; None if there is none such, or no longer."""
        with self._lock:
            grant = self._grants.get(token)
            if grant is None or grant.ends <= time.monotonic() or grant.uses == 0:
                return None
            if grant.uses is not None:
                grant.uses -= 1
            return grant

    def end_all(self) -> None:
        """Make every token that was given out an expired one."""
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
