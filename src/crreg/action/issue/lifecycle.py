"""Find the tracking issue and carry out what `decide` says: open or reopen it, update it, comment on it, close it."""

from collections.abc import Iterator

from crreg.action.issue import body, decide
from crreg.action.issue.checkup import AnyReport
from crreg.action.issue.decide import Change, Decision, Tracking
from crreg.action.issue.state import is_about
from crreg.github.issues import Issue, Issues

# Not every GitHub Enterprise Server knows the reason `duplicate`.
_DUPLICATE = {"state": "closed", "state_reason": "not_planned"}
_FIELDS = {
    Change.CLOSE: {"state": "closed", "state_reason": "completed"},
    Change.REOPEN: {"state": "open", "state_reason": "reopened"},
    Change.UPDATE: {},
}


def track(report: AnyReport, tracking: Tracking, issues: Issues) -> str:
    """Update the issue from the report; return what was done.

    Only issues of the token's own account count, since anybody can write a marker into one. If simultaneous runs left
    several open, the lowest number stays open and the others are closed.

    Raises:
        GitHubError: GitHub could not be queried, or refused a change.
    """
    if not decide.is_decidable(report):
        return "left unchanged, because too little could be checked"
    # Redact before Markdown is written: an escaped secret would not be found.
    report = tracking.redactor.value(report)
    account = issues.account()
    issue = _settled(tracking, issues, account)
    if issue is not None:
        return _apply(decide.with_open(report, tracking, issue), issue, issues)
    if not decide.needs_issue(report, tracking):
        return "not needed"
    closed = next(_about(tracking, issues, account, is_open=False), None)
    if closed is not None:
        return _apply(decide.with_closed(report, tracking, closed), closed, issues)
    decision = decide.without_issue(report, tracking)
    opened = issues.open(body.title(tracking.repository), decision.text)
    # Another run may have looked before this one opened it, and opened one too.
    kept = _settled(tracking, issues, account)
    if kept is not None and kept.number != opened.number:
        return f"#{kept.number}, which another run opened"
    return f"#{opened.number}, {decision.change}"


def _about(tracking: Tracking, issues: Issues, account: str, *, is_open: bool) -> Iterator[Issue]:
    """Yield the issues about this repository, newest first."""
    written = issues.written_by(account, is_open=is_open)
    return (issue for issue in written if is_about(issue.body, tracking.repository))


def _settled(tracking: Tracking, issues: Issues, account: str) -> Issue | None:
    """Return the one open issue, and close any others as its duplicates."""
    found = sorted(_about(tracking, issues, account, is_open=True), key=lambda issue: issue.number)
    for other in found[1:]:
        issues.change(other.number, body=body.duplicate(found[0].number), **_DUPLICATE)
    return found[0] if found else None


def _apply(decision: Decision, issue: Issue, issues: Issues) -> str:
    fields = _FIELDS[decision.change]
    if fields or decision.text.rstrip() != issue.body.rstrip():
        issues.change(issue.number, body=decision.text, **fields)
    if decision.comment:
        issues.comment(issue.number, decision.comment)
    return f"#{issue.number}, {decision.change}" if decision.change else f"#{issue.number}"
