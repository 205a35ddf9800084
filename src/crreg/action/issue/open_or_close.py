"""When the tracking issue is opened, reopened, updated and closed. Pure: `carry_out` asks GitHub and does it."""

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace

from crreg.action.issue import body
from crreg.action.issue.checkup import AnyReport, checkup_of
from crreg.action.issue.compare import Comparison, compare
from crreg.action.issue.state import IssueState, marker, read_state
from crreg.exits.exit_code import FailOn
from crreg.findings.finding import Severity
from crreg.github.issues import Issue
from crreg.redaction.redact import Redactor


@dataclass(frozen=True)
class Tracking:
    """What the issue is about and where it is."""

    repository: str
    """The repository whose codespaces are checked, `owner/name`, or the organization."""
    place: body.WorkflowRepository
    run: str
    """Identifier of this workflow run; empty if there is none."""
    fail_on: FailOn
    redactor: Redactor


class Change(enum.StrEnum):
    """What happens to the issue; the value is what the log says."""

    OPEN = "opened"
    REOPEN = "reopened"
    CLOSE = "closed"
    UPDATE = ""
    UNNEEDED = "not needed"
    """There is no open issue, and there need not be one."""
    LEFT = "left unchanged, because too little could be checked"


@dataclass(frozen=True, slots=True)
class Decision:
    """A change with its texts, which are redacted."""

    change: Change
    issue: Issue | None = None
    """The issue to change; None if one is to be opened, or if there is nothing to do."""
    text: str = ""
    """The issue's new text."""
    comment: str = ""
    """A comment to add; empty for none."""


def decide(
    report: AnyReport,
    tracking: Tracking,
    opened: Callable[[], Issue | None],
    closed: Callable[[], Issue | None],
) -> Decision:
    """Decide whether the issue is opened, reopened, updated or closed.

    There is an open issue as long as `is_needed`. An issue that was closed is opened again, so that its comments stay
    together. If hardly anything could be checked, nothing changes.

    Args:
        report: what the check found.
        tracking: what the issue is about.
        opened: finds the issue that is open; only called if anything may change.
        closed: finds the one that was closed last; only called if it would be reopened.
    """
    if checkup_of(report).silence.everything:
        return Decision(Change.LEFT)
    issue = opened()
    if issue is not None:
        return _with_open(report, tracking, issue)
    comparison = compare(report, IssueState())
    if not is_needed(comparison, tracking.fail_on):
        return Decision(Change.UNNEEDED)
    issue = closed()
    if issue is not None:
        return _with_closed(report, tracking, issue)
    return Decision(Change.OPEN, text=_text(report, tracking, comparison, tracking.run))


def is_needed(comparison: Comparison, fail_on: FailOn) -> bool:
    """Whether a problem remains that the issue is for: an error, or a warning if `fail_on` is that strict.

    Something that could not be checked is not a problem of the repository.
    """
    strict = fail_on in {FailOn.WARNING, FailOn.UNKNOWN}
    severities = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return any(each.severity in severities and each.is_news for each in comparison.remaining)


def _with_open(report: AnyReport, tracking: Tracking, issue: Issue) -> Decision:
    """Return how to update the open issue, or to close it."""
    previous = read_state(issue.body, checkup_of(report).now)
    comparison = compare(report, previous or IssueState())
    if previous is None:
        # Somebody edited its first line, so it is not known what is new: call nothing new.
        comparison = replace(comparison, appeared=(), gone=())
    if not is_needed(comparison, tracking.fail_on):
        comment = _comment("Healthy again", tracking, comparison)
        return Decision(Change.CLOSE, issue, _text(report, tracking, comparison, tracking.run), comment)
    run = tracking.run if comparison.changed or previous is None else previous.run
    comment = _comment("Something has changed", tracking, comparison) if comparison.changed else ""
    return Decision(Change.UPDATE, issue, _text(report, tracking, comparison, run), comment)


def _with_closed(report: AnyReport, tracking: Tracking, issue: Issue) -> Decision:
    """Return how to reopen the last closed issue, since there must be an open one."""
    comparison = compare(report, read_state(issue.body, checkup_of(report).now) or IssueState())
    words = "Unhealthy again" if comparison.changed else "It was closed, but nothing has changed"
    text = _text(report, tracking, comparison, tracking.run)
    return Decision(Change.REOPEN, issue, text, _comment(words, tracking, comparison))


def _comment(words: str, tracking: Tracking, comparison: Comparison) -> str:
    return tracking.redactor.redact(body.comment(words, comparison, tracking.place, tracking.run))


def _text(report: AnyReport, tracking: Tracking, comparison: Comparison, run: str) -> str:
    first = marker(tracking.repository, IssueState(comparison.problems, run))
    needed = is_needed(comparison, tracking.fail_on)
    written = body.body(report, comparison, tracking.place, run, needed=needed)
    return f"{first}\n{tracking.redactor.redact(written)}\n"
