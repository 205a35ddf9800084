"""What happens to the tracking issue, decided without GitHub."""

from dataclasses import replace

from tests.unit.action.issue.test_compare import DENIED, GOOD, PULLED, later
from tests.unit.rules.facts_builder import facts

from crreg.action.issue import decide
from crreg.action.issue.body import WorkflowRepository
from crreg.action.issue.decide import Change, Tracking
from crreg.check.report import Report
from crreg.exits import FailOn
from crreg.github.issues import Issue
from crreg.redaction.redact import Redactor

TRACKING = Tracking(
    "acme/app", WorkflowRepository("acme/app", "https://github.com"), "7", FailOn.ERROR, Redactor([])
)
BROKEN, HEALTHY = Report.of(facts(DENIED, PULLED)), Report.of(facts(GOOD, PULLED))
OPENED = Issue(3, decide.without_issue(BROKEN, TRACKING).text, "bot")


def test_an_issue_is_needed_only_for_what_is_wrong() -> None:
    assert decide.needs_issue(BROKEN, TRACKING)
    assert not decide.needs_issue(HEALTHY, TRACKING)


def test_what_stays_the_same_changes_no_word_and_adds_no_comment() -> None:
    again = decide.with_open(Report.of(later(facts(DENIED, PULLED))), TRACKING, OPENED)
    assert (again.change, again.text, again.comment) == (Change.UPDATE, OPENED.body, "")


def test_what_is_healthy_again_closes_the_issue_with_a_comment() -> None:
    decision = decide.with_open(HEALTHY, TRACKING, OPENED)
    assert decision.change is Change.CLOSE
    assert decision.comment.startswith("**Healthy again**")


def test_what_comes_back_reopens_the_issue_and_is_new() -> None:
    closed = Issue(3, decide.with_open(HEALTHY, TRACKING, OPENED).text, "bot")
    decision = decide.with_closed(BROKEN, TRACKING, closed)
    assert decision.change is Change.REOPEN
    assert decision.comment.startswith("**Unhealthy again**")
    assert "New: login\\-failed of `ACR`" in decision.comment


def test_an_issue_whose_first_line_was_edited_is_written_again_and_nothing_is_called_new() -> None:
    edited = Issue(3, "by hand", "bot")
    decision = decide.with_open(BROKEN, TRACKING, edited)
    assert (decision.change, decision.text, decision.comment) == (Change.UPDATE, OPENED.body, "")


def test_a_secret_is_in_neither_text() -> None:
    tracking = replace(TRACKING, redactor=Redactor(["no reason given"]))
    closed = Issue(3, decide.with_open(HEALTHY, TRACKING, OPENED).text, "bot")
    shown, hidden = (decide.with_closed(BROKEN, each, closed) for each in (TRACKING, tracking))
    assert ("no reason given" in shown.text, "no reason given" in shown.comment) == (True, True)
    assert ("no reason given" in hidden.text, "no reason given" in hidden.comment) == (False, False)
