"""Makes up credentials for one run, and finds them in text that must not contain any."""

import base64
import json
import secrets
import threading
import urllib.parse
from dataclasses import dataclass, field

_lock = threading.Lock()
_in_use: dict[str, set[str]] = {}
"""Every secret value, with the user names it was used with."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A user and a password that exist in the sandbox only."""

    user: str
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header that carries it."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


def register(value: str, *, user: str | None = None) -> str:
    """Register `value` as a secret of this run; returns it."""
    if not value:
        raise ValueError("an empty value is no secret: it would be found everywhere")
    with _lock:
        users = _in_use.setdefault(value, set())
        if user is not None:
            users.add(user)
    return value


def password(suffix: str = "") -> str:
    """Make up a unique password; `suffix` adds characters that a test needs."""
    return register(f"pw-{secrets.token_hex(12)}{suffix}")


def credential(user: str, *, suffix: str = "") -> Credential:
    """Make up a credential for `user` with a new password."""
    return Credential(user, register(password(suffix), user=user))


def forms_of(value: str, users: frozenset[str] = frozenset()) -> frozenset[str]:
    """Every form in which `value` can appear in text: itself, its lines, URL-encoded, JSON-escaped, and in Basic."""
    lines = {line for line in value.splitlines() if len(line) >= 8}
    quoted = {urllib.parse.quote(value, safe=""), urllib.parse.quote_plus(value)}
    escaped = {json.dumps(value, ensure_ascii=plain)[1:-1] for plain in (True, False)}
    pairs = {base64.b64encode(text.encode()).decode() for text in (value, *(f"{u}:{value}" for u in users))}
    # Within a longer text, the padding and the last group of base64 depend on what follows.
    return frozenset({value, *escaped, *lines, *quoted, *pairs, *(pair.rstrip("=") for pair in pairs)})


def leaks_in(text: str) -> tuple[str, ...]:
    """Every secret value of this run that appears in `text` in some form; tests expect none."""
    with _lock:
        known = {value: frozenset(users) for value, users in _in_use.items()}
    return tuple(
        value for value, users in known.items() if any(form in text for form in forms_of(value, users))
    )
