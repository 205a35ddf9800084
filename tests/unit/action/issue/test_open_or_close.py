"""What happens to the tracking issue, decided without GitHub."""

from dataclasses import replace

from tests.unit.action.issue.test_compare import DENIED, GONE, GOOD, PULLED, later
from tests.unit.rules.facts_builder import ACR, facts, image, inventory, level, login, triple

from crreg.action.issue.body import WorkflowRepository
from crreg.action.issue.open_or_close import Change, Decision, Tracking, decide
from crreg.check.report import Report
from crreg.exits.exit_code import FailOn
from crreg.github.inventory import LevelStatus
from crreg.github.issues import Issue
from crreg.github.levels import Level
from crreg.redaction.redact import Redactor

TRACKING = Tracking(
    "acme/app", WorkflowRepository("acme/app", "https://github.com"), "7", FailOn.ERROR, Redactor([])
)
BROKEN, HEALTHY = Report.of(facts(DENIED, PULLED)), Report.of(facts(GOOD, PULLED))


def decided(
    report: Report, tracking: Tracking = TRACKING, opened: Issue | None = None, closed: Issue | None = None
) -> Decision:
    return decide(report, tracking, lambda: opened, lambda: closed)


OPENED = Issue(3, decided(BROKEN).text, "bot")
CLOSED = Issue(3, decided(HEALTHY, opened=OPENED).text, "bot")


def test_an_issue_is_opened_only_for_what_is_wrong() -> None:
    assert decided(BROKEN).change is Change.OPEN
    assert decided(HEALTHY) == decided(HEALTHY, closed=CLOSED) == Decision(Change.UNNEEDED)


def test_nothing_changes_and_nothing_is_looked_up_if_too_little_could_be_checked() -> None:
    unlisted = inventory(level(Level.REPOSITORY, LevelStatus.UNREACHABLE))
    looked: list[str] = []
    decision = decide(
        Report.of(facts(DENIED, PULLED, inventory=unlisted)),
        TRACKING,
        lambda: looked.append("open"),
        lambda: looked.append("closed"),
    )
    assert (decision, looked) == (Decision(Change.LEFT), [])


def test_warnings_count_where_they_fail_the_step() -> None:
    unused = Report.of(facts(GOOD, image("debian:13", pull="public")))
    changes = [decided(unused, replace(TRACKING, fail_on=each)).change for each in FailOn]
    assert changes == [Change.UNNEEDED, Change.OPEN, Change.OPEN, Change.UNNEEDED]


def test_a_silent_registry_alone_is_no_reason_for_an_issue() -> None:
    silent = facts(triple(login=login("unreachable")), image(covered_by="ACR", pull="unreachable"))
    strict = replace(TRACKING, fail_on=FailOn.WARNING)
    assert decided(Report.of(silent), strict).change is Change.UNNEEDED


def test_an_issue_stays_open_for_what_could_not_be_checked_this_time() -> None:
    before = Issue(3, decided(Report.of(facts(GOOD, GONE))).text, "bot")
    silent = facts(
        triple(login=login("unreachable")),
        image(f"{ACR}/dev/gone:1", covered_by="ACR", pull="unreachable", line=4),
    )
    assert decided(Report.of(silent), opened=before).change is Change.UPDATE


def test_what_stays_the_same_changes_no_word_and_adds_no_comment() -> None:
    again = decided(Report.of(later(facts(DENIED, PULLED))), opened=OPENED)
    assert again == Decision(Change.UPDATE, OPENED, OPENED.body)


def test_what_is_healthy_again_closes_the_issue_with_a_comment() -> None:
    decision = decided(HEALTHY, opened=OPENED)
    assert (decision.change, decision.issue) == (Change.CLOSE, OPENED)
    assert decision.comment.startswith("**Healthy again**")


def test_what_comes_back_reopens_the_issue_and_is_new() -> None:
    decision = decided(BROKEN, closed=CLOSED)
    assert (decision.change, decision.issue) == (Change.REOPEN, CLOSED)
    assert decision.comment.startswith("**Unhealthy again**")
    assert "New: login\\-failed of `ACR`" in decision.comment


def test_an_issue_whose_first_line_was_edited_is_written_again_and_nothing_is_called_new() -> None:
    edited = Issue(3, "by hand", "bot")
    assert decided(BROKEN, opened=edited) == Decision(Change.UPDATE, edited, OPENED.body)


def test_a_secret_is_in_neither_text() -> None:
    tracking = replace(TRACKING, redactor=Redactor(["no reason given"]))
    shown, hidden = (decided(BROKEN, each, closed=CLOSED) for each in (TRACKING, tracking))
    assert ("no reason given" in shown.text, "no reason given" in shown.comment) == (True, True)
    assert ("no reason given" in hidden.text, "no reason given" in hidden.comment) == (False, False)
