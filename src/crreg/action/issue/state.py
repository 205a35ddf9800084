"""The issue's first line: a hidden comment that marks the issue and records what it said last."""

import json
import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crreg.action.issue.problem import TrackedProblem
from crreg.findings.finding import Severity
from crreg.github.moment import read_timestamp, timestamp

MOST_PROBLEMS = 100
"""Problems that are remembered; an issue's text is limited."""
_LONGEST = 32 * 1024
_MARK = "crreg:registry-health"
_LINE = re.compile(rf"<!-- {_MARK} (?P<repository>[\w./-]+) (?P<state>[^\n]*) -->(?:\n|\Z)", re.ASCII)
_ENTRY = (
    re.compile(r"(?:[0-9a-f]{16})?"),
    re.compile(r"[a-z]{1,30}(?:-[a-z]{1,30}){0,4}"),
    re.compile(r"[A-Za-z0-9_]{0,100}"),
    re.compile(r"(?:[0-9a-f]{8})?"),
    re.compile(r"error|warning"),
    re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"),
)
_VERSION = 2
"""Since version 2, keys come from a finding's subject; before that, from its message."""
_RUN = re.compile(r"(?:[0-9]{1,20})?")


@dataclass(frozen=True, slots=True)
class IssueState:
    """What an issue said when it was last written."""

    problems: tuple[TrackedProblem, ...] = ()
    run: str = ""
    """Identifier of the workflow run in which that was found; empty if there was none."""


def marker(repository: str, state: IssueState) -> str:
    """Return the line that an issue about `repository` (`owner/name`) starts with.

    It contains only digits, words and dates, so nothing in it can end the comment early.
    """
    entries = [
        [each.key, each.rule, each.triple, each.registry, each.severity.value, timestamp(each.since)]
        for each in state.problems[:MOST_PROBLEMS]
    ]
    document = json.dumps({"version": _VERSION, "run": state.run, "problems": entries}, separators=(",", ":"))
    return f"<!-- {_MARK} {repository} {document} -->"


def subject_of(body: str) -> str | None:
    """Return what an issue's text is about, `owner/name` or an organization; None if it has no marker."""
    found = _LINE.match(body)
    return found["repository"] if found is not None else None


def read_state(body: str, now: datetime) -> IssueState | None:
    """Read the state from an issue's text; None if it has none.

    Anyone who can edit issues may have written it, so it is trusted no more than a file of the repository. No problem
    is newer than `now`.

    Version 1, which crreg wrote before findings had their own keys, is read too, without its keys: see `compare`.
    """
    found = _LINE.match(body)
    if found is None or len(found["state"]) > _LONGEST:
        return None
    try:
        document = json.loads(found["state"])
    except (ValueError, RecursionError):
        return None
    match document:
        case {"version": 1 | 2 as version, "run": str(run), "problems": list(entries)} if _RUN.fullmatch(run):
            problems = tuple(filter(None, (_problem(entry, now) for entry in entries[:MOST_PROBLEMS])))
            if version != _VERSION:
                problems = tuple(replace(each, key="") for each in problems)
            return IssueState(problems, run)
    return None


def _problem(entry: Any, now: datetime) -> TrackedProblem | None:
    if not isinstance(entry, list) or len(entry) != len(_ENTRY):
        return None
    if not all(
        isinstance(text, str) and form.fullmatch(text) for form, text in zip(_ENTRY, entry, strict=True)
    ):
        return None
    key, rule, triple, registry, severity, since = entry
    try:
        moment = read_timestamp(since)
    except ValueError:
        return None
    return TrackedProblem(key, rule, triple, registry, Severity(severity), min(moment, now))
