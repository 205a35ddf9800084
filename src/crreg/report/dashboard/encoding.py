"""Packs an organization's newest report and its history into the compact value that the page's scripts read.

Each text that many repositories share is there once, and repositories refer to it by position. The keys are ours, and
texts of strangers are only values: in a script, an object's key could name its prototype.
"""

import hashlib
import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from crreg.exits.status import Status
from crreg.organization.state import GONE, Run, Verdict
from crreg.printable import plain
from crreg.report.escaping import LONGEST_TEXT

VERSION = 1
"""The version of the packed value; the page's scripts are written beside it, so both are always of one release."""
_STATUSES = (Status.UNHEALTHY, Status.UNKNOWN, Status.HEALTHY)
_MOST_VERDICTS = 50
"""Newest verdicts to show of one repository."""
_OF_ONE_REPOSITORY = frozenset({"repository", "user"})
"""Levels at which a triple is not the organization's."""

T = TypeVar("T", bound=Hashable)


class _Table(Generic[T]):
    """Values by position, each once."""

    def __init__(self) -> None:
        self._positions: dict[T, int] = {}

    def __call__(self, value: T) -> int:
        """Return the position of a value, which is added if it is new."""
        return self._positions.setdefault(value, len(self._positions))

    @property
    def values(self) -> list[T]:
        """All of them, in order."""
        return list(self._positions)


def packed(
    document: Mapping[str, Any], runs: Sequence[Run], history: Mapping[str, Sequence[Verdict]]
) -> dict[str, Any]:
    """Return what the page shows of one organization.

    Args:
        document: its newest report, as JSON documents have it.
        runs: its runs, oldest first; the last one made the report.
        history: each repository's verdicts by name, oldest first.

    Raises:
        KeyError, TypeError, ValueError, AttributeError, IndexError: the document does not have the shape of version 1.
    """
    return {
        "version": VERSION,
        "organization": _text(document["organization"]),
        "at": runs[-1].at.isoformat() if runs else None,
        "status": Status(document["status"]),
        "verdict": _text(document["verdict"]),
        "listed": int(document["listed"]),
        "unchecked": [_text(clause) for clause in document["unchecked"]],
        "notes": [_text(note) for note in document["notes"]],
        "runs": [[run.at.isoformat(), run.status, run.unhealthy, run.unknown, run.healthy] for run in runs],
        "most_verdicts": _MOST_VERDICTS,
        "causes": _causes(document["findings"]),
        **_repositories(document["repositories"], history),
    }


def as_json(value: Any) -> str:
    """Dump a value as ASCII that is JSON and JavaScript at once, and can't end a script element."""
    text = json.dumps(value, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _repositories(
    entries: Sequence[Mapping[str, Any]], history: Mapping[str, Sequence[Verdict]]
) -> dict[str, Any]:
    """Return the repositories as columns, and the tables that they refer to."""
    registries, images, uses = _Table[str](), _Table[tuple[Any, ...]](), _Table[tuple[Any, ...]]()
    credentials, reasons = _Table[tuple[Any, ...]](), _Table[str]()
    moments, rules = _Table[str](), _Table[str]()

    def use(image: Mapping[str, Any]) -> int:
        registry = registries(_text(image["registry"])) if image["registry"] is not None else -1
        pull = image["pull"] or {}
        return uses(
            (
                images((_text(image["reference"]), registry)),
                _text(image["source"]),
                _text(image["path"]),
                int(image["line"]),
                _text(pull.get("outcome", "")),
                _text(pull.get("detail", "")),
            )
        )

    def verdict(each: Verdict) -> list[Any]:
        found = [rules(_text(rule)) for rule in each.rules]
        return [moments(each.at.isoformat()), _status(each.status), found]

    names = [_text(entry["repository"]) for entry in entries]
    columns = {
        "names": names,
        "statuses": "".join(str(_status(entry["status"])) for entry in entries),
        "findings": [[int(position) for position in entry["findings"]] for entry in entries],
        "used": [[use(image) for image in entry["images"]] for entry in entries],
        "holding": [
            [credentials(_credential(triple, index)) for triple in entry["triples"]]
            for index, entry in enumerate(entries)
        ],
        "open": [[reasons(_text(clause)) for clause in entry["unchecked"]] for entry in entries],
        "history": [
            [verdict(each) for each in history.get(entry["repository"], ())[-_MOST_VERDICTS:]]
            for entry in entries
        ],
    }
    return columns | {
        "registries": registries.values,
        "images": images.values,
        "uses": uses.values,
        "credentials": credentials.values,
        "reasons": reasons.values,
        "moments": moments.values,
        "rules": rules.values,
    }


def _status(status: str) -> int:
    return len(_STATUSES) if status == GONE else _STATUSES.index(Status(status))


def _credential(triple: Mapping[str, Any], repository: int) -> tuple[Any, ...]:
    """Return a triple as one credential: one of the organization is the same in all repositories."""
    parts = {name: part for name, part in triple["parts"].items() if part is not None}
    levels = sorted({_text(part["level"]) for part in parts.values()})
    login = triple["login"] or {}
    password = parts.get("PASSWORD") or {}
    return (
        _text(triple["identifier"]),
        _text(triple["server"] or ""),
        ", ".join(levels),
        login.get("expires_at"),
        password.get("updated_at"),
        _text(login.get("outcome", "")),
        _text(login.get("detail", "")),
        repository if _OF_ONE_REPOSITORY & set(levels) else -1,
    )


def _causes(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    taken: set[str] = set()
    return [_cause(finding, taken) for finding in findings]


def _cause(finding: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    location = finding["location"] or {}
    return {
        "id": _identity(finding, taken),
        "rule": _text(finding["rule"]),
        "severity": _text(finding["severity"]),
        "message": _text(finding["message"]),
        "steps": [
            [_text(step["kind"]), _text(step["value"]), _text(step.get("text", ""))]
            for step in finding["steps"]
        ],
        "documentation": _text(finding["documentation"]),
        "triple": _text(finding["triple"] or ""),
        "registry": _text(finding["registry"] or ""),
        "path": _text(location.get("path", "")),
        "line": int(location.get("line", 0)),
    }


def _identity(finding: Mapping[str, Any], taken: set[str]) -> str:
    """Return a name for addresses that stays the same from run to run, as long as the cause does."""
    about = [finding["triple"] or "", finding["registry"] or ""]
    parts = [finding["rule"], *(about if any(about) else [finding["message"]])]
    digest = hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:8]
    name = f"{_text(finding['rule'])}-{digest}"
    number = 1
    while (unique := name if number == 1 else f"{name}-{number}") in taken:
        number += 1
    taken.add(unique)
    return unique


def _text(text: str) -> str:
    return plain(text, LONGEST_TEXT)
