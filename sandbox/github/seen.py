"""Values that the control interface returns to a test, and what a test needs to act as an App."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class SeenRequest:
    """A request that the server answered."""

    method: str
    path: str
    """The path, without the prefix of a GitHub Enterprise Server and still percent-encoded."""
    query: Mapping[str, str]
    token: str
    """The kind of token: `classic`, `fine-grained`, `installation`, `workflow`, `codespace`, `app`
    or `none`."""
    status: int
    user_agent: str
    injected: bool
    """Whether the answer was a failure that the test had injected."""


@dataclass(frozen=True)
class StoredSecret:
    """A secret as the server stores it, decrypted."""

    value: bytes
    visibility: str | None
    repositories: tuple[str, ...]
    """The full names of the repositories of a secret with visibility `selected`."""
    updated_at: datetime


@dataclass(frozen=True)
class GitHubApp:
    """A GitHub App and the key that it signs with."""

    id: int
    private_key: str = field(repr=False)
    """PEM."""
