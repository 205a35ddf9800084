"""What happens to the tracking issue after a check. Pure: `lifecycle` asks GitHub and carries it out."""

import enum
from dataclasses import dataclass, replace

from crreg.action.issue import body
from crreg.action.issue.checkup import AnyReport, checkup_of
from crreg.action.issue.compare import Standing, compare
from crreg.action.issue.state import IssueState, marker, read_state
from crreg.exits import FailOn
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


@dataclass(frozen=True, slots=True)
class Decision:
    """A change with its texts, which are redacted."""

    change: Change
    text: str
    """The issue's new text."""
    comment: str = ""
    """A comment to add; empty for none."""


def is_decidable(report: AnyReport) -> bool:
    """Return whether enough was checked to change anything."""
    return not checkup_of(report).silence.everything


def needs_issue(report: AnyReport, tracking: Tracking) -> bool:
    """Return whether there must be an open issue, if there is none yet."""
    return compare(report, tracking.fail_on, IssueState()).unhealthy


def without_issue(report: AnyReport, tracking: Tracking) -> Decision:
    """Return the issue to open where there never was one."""
    standing = compare(report, tracking.fail_on, IssueState())
    return Decision(Change.OPEN, _text(report, tracking, standing, tracking.run))


def with_open(report: AnyReport, tracking: Tracking, issue: Issue) -> Decision:
    """Return how to bring the open issue up to date, or that it is to be closed."""
    previous = read_state(issue.body, checkup_of(report).now)
    standing = compare(report, tracking.fail_on, previous or IssueState())
    if previous is None:
        # Somebody edited its first line, so it is not known what is new: call nothing new.
        standing = replace(standing, appeared=(), gone=())
    if not standing.unhealthy:
        comment = _comment("Healthy again", tracking, standing)
        return Decision(Change.CLOSE, _text(report, tracking, standing, tracking.run), comment)
    run = tracking.run if standing.changed or previous is None else previous.run
    comment = _comment("Something has changed", tracking, standing) if standing.changed else ""
    return Decision(Change.UPDATE, _text(report, tracking, standing, run), comment)


def with_closed(report: AnyReport, tracking: Tracking, issue: Issue) -> Decision:
    """Return how to reopen the last closed issue, since there must be an open one."""
    standing = compare(
        report, tracking.fail_on, read_state(issue.body, checkup_of(report).now) or IssueState()
    )
    words = "Unhealthy again" if standing.changed else "It was closed, and nothing has changed"
    text = _text(report, tracking, standing, tracking.run)
    return Decision(Change.REOPEN, text, _comment(words, tracking, standing))


def _comment(words: str, tracking: Tracking, standing: Standing) -> str:
    return tracking.redactor.redact(body.comment(words, standing, tracking.place, tracking.run))


def _text(report: AnyReport, tracking: Tracking, standing: Standing, run: str) -> str:
    first = marker(tracking.repository, IssueState(standing.problems, run))
    return f"{first}\n{tracking.redactor.redact(body.body(report, standing, tracking.place, run))}\n"
