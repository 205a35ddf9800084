"""Keeping the tracking issue: find it, open or reopen it, update it, comment on it, close it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from crreg.action.issue import body
from crreg.action.issue.compare import Standing, compare
from crreg.action.issue.state import IssueState, is_about, marker, read_state
from crreg.check.report import Report
from crreg.exits import FailOn
from crreg.facts.questions import secrets_unseen
from crreg.github.issues import Issue, Issues
from crreg.redaction.redact import Redactor


@dataclass(frozen=True)
class Tracking:
    """What the issue is about and where it is."""

    repository: str
    """The repository whose codespaces are checked, `owner/name`."""
    place: body.WorkflowRepository
    run: str
    """Identifier of this workflow run; empty if there is none."""
    fail_on: FailOn
    redactor: Redactor


def track(report: Report, tracking: Tracking, issues: Issues) -> str:
    """Update the issue from the report; return what was done.

    Only issues of the token's own account count, since anybody can write a marker into one. If simultaneous runs left
    several open, the lowest number stays open and the others are closed.

    Raises:
        GitHubError: GitHub could not be queried, or refused a change.
    """
    if secrets_unseen(report.facts):
        return "left unchanged, because too little could be checked"
    # Redact before Markdown is written: an escaped secret would not be found.
    report = tracking.redactor.value(report)
    account = issues.account()
    issue = _settled(tracking, issues, account)
    if issue is not None:
        return _continue(report, tracking, issues, issue)
    standing = compare(report, tracking.fail_on, IssueState())
    if not standing.unhealthy:
        return "not needed"
    closed = next(_about(tracking, issues, account, is_open=False), None)
    if closed is not None:
        return _reopen(report, tracking, issues, closed)
    opened = issues.open(body.title(tracking.repository), _body(report, tracking, standing, tracking.run))
    # Another run may have looked before this one opened it, and opened one too.
    kept = _settled(tracking, issues, account)
    if kept is not None and kept.number != opened.number:
        return f"#{kept.number}, which another run opened"
    return f"#{opened.number}, opened"


def _about(tracking: Tracking, issues: Issues, account: str, *, is_open: bool) -> Iterator[Issue]:
    """Yield the issues about this repository, newest first."""
    written = issues.written_by(account, is_open=is_open)
    return (issue for issue in written if is_about(issue.body, tracking.repository))


def _settled(tracking: Tracking, issues: Issues, account: str) -> Issue | None:
    """Return the one open issue, and close any others as its duplicates."""
    found = sorted(_about(tracking, issues, account, is_open=True), key=lambda issue: issue.number)
    for other in found[1:]:
        # Not every GitHub Enterprise Server knows the reason `duplicate`.
        issues.change(
            other.number, body=body.duplicate(found[0].number), state="closed", state_reason="not_planned"
        )
    return found[0] if found else None


def _continue(report: Report, tracking: Tracking, issues: Issues, issue: Issue) -> str:
    """Bring the open issue up to date, or close it."""
    previous = read_state(issue.body, report.facts.now)
    standing = compare(report, tracking.fail_on, previous or IssueState())
    if previous is None:
        # Somebody edited its first line, so it is not known what is new: call nothing new.
        standing = replace(standing, appeared=(), gone=())
    if not standing.unhealthy:
        body = _body(report, tracking, standing, tracking.run)
        issues.change(issue.number, body=body, state="closed", state_reason="completed")
        _comment("Healthy again", tracking, issues, issue, standing)
        return f"#{issue.number}, closed"
    run = tracking.run if standing.changed or previous is None else previous.run
    body = _body(report, tracking, standing, run)
    if body.rstrip() != issue.body.rstrip():
        issues.change(issue.number, body=body)
    if standing.changed:
        _comment("Something has changed", tracking, issues, issue, standing)
    return f"#{issue.number}"


def _reopen(report: Report, tracking: Tracking, issues: Issues, issue: Issue) -> str:
    standing = compare(report, tracking.fail_on, read_state(issue.body, report.facts.now) or IssueState())
    words = "Unhealthy again" if standing.changed else "It was closed, and nothing has changed"
    body = _body(report, tracking, standing, tracking.run)
    issues.change(issue.number, body=body, state="open", state_reason="reopened")
    _comment(words, tracking, issues, issue, standing)
    return f"#{issue.number}, reopened"


def _comment(words: str, tracking: Tracking, issues: Issues, issue: Issue, standing: Standing) -> None:
    comment = body.comment(words, standing, tracking.place, tracking.run)
    issues.comment(issue.number, tracking.redactor.redact(comment))


def _body(report: Report, tracking: Tracking, standing: Standing, run: str) -> str:
    first = marker(tracking.repository, IssueState(standing.problems, run))
    return f"{first}\n{tracking.redactor.redact(body.body(report, standing, tracking.place, run))}\n"
