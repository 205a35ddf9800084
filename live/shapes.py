"""What a record keeps of an answer: its status, and the keys and types of its body, but no value."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from live.web import Answered

_DEEPEST = 8
_MOST_KEYS = 400
_HEADERS = (
    "docker-content-digest",
    "github-authentication-token-expiration",
    "link",
    "location",
    "www-authenticate",
    "x-accepted-github-permissions",
    "x-accepted-oauth-scopes",
    "x-oauth-scopes",
    "x-ratelimit-limit",
)
"""Headers whose presence is part of a shape."""
_NAMES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "string"),
)
NULL = "null"


@dataclass(frozen=True, slots=True)
class Observation:
    """What is kept of an answer."""

    status: int
    shape: Mapping[str, str]
    """Types by path, such as `.secrets[].name`; the body itself is `.`. Several types are joined by `|`."""
    headers: tuple[str, ...] = ()
    facts: Mapping[str, int | bool] = field(default_factory=dict)
    """Numbers and truths of the suite's own making, such as how many repositories a secret has."""

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "status": self.status,
            "shape": dict(self.shape),
            "headers": list(self.headers),
            "facts": dict(self.facts),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two answers to one request differ."""

    place: str
    """`status`, a path of the body, `header NAME` or `fact NAME`."""
    real: str
    sandbox: str

    def __str__(self) -> str:
        return f"{self.place}: {self.real}, the sandbox has {self.sandbox}"


def observe(answered: Answered, **facts: int | bool) -> Observation:
    """Keep the status and the shape of an answer."""
    headers = tuple(name for name in _HEADERS if name in answered.headers)
    document = answered.document
    if document is None:
        return Observation(answered.status, {".": "text" if answered.body else "empty"}, headers, facts)
    found: dict[str, set[str]] = {}
    for path, kind in _types(document, "", 0):
        if path in found or len(found) < _MOST_KEYS:
            found.setdefault(path, set()).add(kind)
    return Observation(
        answered.status, {path: "|".join(sorted(kinds)) for path, kinds in found.items()}, headers, facts
    )


def differences(real: Observation, sandbox: Observation) -> list[Difference]:
    """Compare the answer of a service with the sandbox's.

    A key that only the service has is none: the description lists many optional ones. Nor is a null on either side,
    since which optional values are there depends on the account.
    """
    found = []
    if real.status != sandbox.status:
        found.append(Difference("status", str(real.status), str(sandbox.status)))
    for path, kinds in sandbox.shape.items():
        there = real.shape.get(path)
        if there is None and kinds != NULL and not _below_nothing(path, real.shape):
            found.append(Difference(path, "nothing", kinds))
        elif there is not None and not _alike(there, kinds):
            found.append(Difference(path, there, kinds))
    found += [
        Difference(f"header {name}", "nothing", "one") for name in sandbox.headers if name not in real.headers
    ]
    for name in sorted({*real.facts, *sandbox.facts}):
        here, there_too = real.facts.get(name), sandbox.facts.get(name)
        if here != there_too:
            found.append(Difference(f"fact {name}", str(here), str(there_too)))
    return found


def _types(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        yield path or ".", "object"
        for key, each in value.items():
            yield from _types(each, f"{path}.{key}", depth + 1)
    elif isinstance(value, list) and depth < _DEEPEST:
        yield path or ".", "list"
        for each in value:
            yield from _types(each, f"{path}[]", depth + 1)
    else:
        name = next((name for kind, name in _NAMES if isinstance(value, kind)), None)
        yield path or ".", name or (NULL if value is None else "deeper")


def _alike(real: str, sandbox: str) -> bool:
    left, right = set(real.split("|")) - {NULL}, set(sandbox.split("|")) - {NULL}
    return not left or not right or left <= right


def _below_nothing(path: str, real: Mapping[str, str]) -> bool:
    """Whether the service has null, or an empty list, at a key above."""
    above = path
    while above:
        above = above[:-2] if above.endswith("[]") else above.rpartition(".")[0]
        kinds = real.get(above or ".")
        if kinds is not None:
            return kinds == NULL or (kinds == "list" and f"{above}[]" not in real)
    return False
