"""Find the tracking issue, and open, update, comment on or close it as `open_or_close` decides."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from crreg.action.issue import body
from crreg.action.issue.checkup import AnyReport
from crreg.action.issue.open_or_close import Change, Decision, Tracking, decide
from crreg.action.issue.state import subject_of
from crreg.github.access import is_repository
from crreg.github.errors import GitHubError
from crreg.github.issues import Issue, Issues

# Not every GitHub Enterprise Server knows the reason `duplicate`.
_DUPLICATE = {"state": "closed", "state_reason": "not_planned"}
_MOST_NAMES = 10
"""Names that are asked for, since they may be former names of the repository."""
_FIELDS = {
    Change.CLOSE: {"state": "closed", "state_reason": "completed"},
    Change.REOPEN: {"state": "open", "state_reason": "reopened"},
    Change.UPDATE: {},
}


@dataclass(frozen=True, slots=True)
class Tracked:
    """What was done with the issue."""

    said: str
    """What the log says."""
    change: Change | None = None
    """How it changed; None if it did not, apart from its text."""
    is_open: bool | None = None
    """Whether there is an open issue now; None if that was not looked up."""


def track(report: AnyReport, tracking: Tracking, issues: Issues) -> Tracked:
    """Update the issue from the report; return what was done.

    Only issues of the token's own account count, since anybody can write a marker into one. If simultaneous runs left
    several open, the lowest number stays open and the others are closed.

    Raises:
        GitHubError: GitHub could not be queried, or refused a change.
    """
    # Redact before Markdown is written: an escaped secret would not be found.
    report = tracking.redactor.value(report)
    # Asked for when it is first needed.
    account = functools.cache(issues.account)
    decision = decide(
        report,
        tracking,
        lambda: _settled(tracking, issues, account()),
        lambda: next(_about(tracking, issues, account(), is_open=False), None),
    )
    if decision.issue is not None:
        return _apply(decision, decision.issue, issues)
    if decision.change is not Change.OPEN:
        return Tracked(decision.change, is_open=False if decision.change is Change.UNNEEDED else None)
    opened = issues.open(body.title(tracking.repository), decision.text)
    # Another run may have looked before this one opened it, and opened one too.
    kept = _settled(tracking, issues, account())
    if kept is not None and kept.number != opened.number:
        return Tracked(f"#{kept.number}, which another run opened", is_open=True)
    return Tracked(f"#{opened.number}, {decision.change}", decision.change, is_open=True)


def _about(tracking: Tracking, issues: Issues, account: str, *, is_open: bool) -> Iterator[Issue]:
    """Yield the issues about this repository, newest first; if there are none, those under its former names."""
    others: dict[str, list[Issue]] = {}
    found = False
    for issue in issues.written_by(account, is_open=is_open):
        subject = (subject_of(issue.body) or "").lower()
        if subject == tracking.repository.lower():
            found = True
            yield issue
        elif is_repository(subject):
            others.setdefault(subject, []).append(issue)
    if found or issues.repository.lower() != tracking.repository.lower():
        # A repository may keep the issues about many others, which are not asked for.
        return
    for subject in islice(others, _MOST_NAMES):
        if issues.current_name(subject).lower() == tracking.repository.lower():
            yield from others[subject]


def _settled(tracking: Tracking, issues: Issues, account: str) -> Issue | None:
    """Return the one open issue, and close any others as its duplicates."""
    found = sorted(_about(tracking, issues, account, is_open=True), key=lambda issue: issue.number)
    for other in found[1:]:
        issues.change(other.number, body=body.duplicate(found[0].number), **_DUPLICATE)
    return found[0] if found else None


def _apply(decision: Decision, issue: Issue, issues: Issues) -> Tracked:
    # Comment before the text changes. Each run compares with the text, so if the comment fails, the next run adds it.
    uncommented = ""
    if decision.comment and not _commented(decision, issue, issues):
        uncommented = " (it is locked, so no comment was added)"
    fields = _FIELDS[decision.change]
    if fields or decision.text.rstrip() != issue.body.rstrip():
        issues.change(issue.number, body=decision.text, **fields)
    if decision.change is Change.UPDATE:
        return Tracked(f"#{issue.number}{uncommented}", is_open=True)
    is_open = decision.change is not Change.CLOSE
    return Tracked(f"#{issue.number}, {decision.change}{uncommented}", decision.change, is_open=is_open)


def _commented(decision: Decision, issue: Issue, issues: Issues) -> bool:
    """Comment; False if the issue is locked, as many bots lock what was closed some time ago.

    Its text and its state can be changed all the same.
    """
    try:
        issues.comment(issue.number, decision.comment)
    except GitHubError as error:
        if not error.is_locked:
            raise
        return False
    return True
