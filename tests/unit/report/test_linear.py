"""Four times as many images, triples and findings take four times as many steps, in every format."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType

import pytest
from tests.unit.rules.facts_builder import facts, image, login, triple

from crreg.action.issue.body import WorkflowRepository, body
from crreg.action.issue.compare import compare
from crreg.action.issue.state import IssueState
from crreg.check.report import Report
from crreg.configuration.settings import Publication
from crreg.doctor.diagnose import diagnose, unasked
from crreg.doctor.diagnosis import Examination
from crreg.ensure.change import Action, Change, ChangeOutcome, Ensured, Plan, Result
from crreg.facts.model import Facts
from crreg.github.levels import Level
from crreg.publish.published import Outcome as Ended
from crreg.publish.published import Published, Publishing
from crreg.redaction.redact import Redactor
from crreg.report.doctor import checks, diagnosis_text, doctor_document
from crreg.report.formats import OF_A_CHANGE, Format
from crreg.report.render import render, render_end, render_publishing, rendered
from crreg.triple import Part

pytestmark = pytest.mark.speed

FEW = 30
"""Beyond this, what a text shows at most is cut off, which would hide a quadratic step."""
MOST = 5.0
"""Steps for four times as much; 16 would be quadratic."""
REDACTOR = Redactor(["dev/base", "hunter2-hunter2"])


def steps(run: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    count = 0

    def called(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


def many(count: int) -> Facts:
    """Triples and images, each with something wrong; of several kinds, as many of each."""
    triples = [
        triple(
            f"T{number}",
            server=f"h{number}.example" if number % 2 else None,
            stored={},
            login=login("denied", "no"),
        )
        for number in range(count)
    ]
    images = [
        image(text, line=5 * number + kind, pull=pull, covered_by=covered)
        for number in range(count)
        for kind, (text, pull, covered) in enumerate(
            [
                (f"org{number}/dev/base", "denied", None),
                (f"h{number}.example/dev/base", "denied", f"T{number}"),
                (f"h{number}.example/dev/base:2", "not-found", f"T{number}"),
                (f"p{number}.example/dev/base", "unreachable", None),
                (f"X {number}", None, None),
            ]
        )
    ]
    return facts(*triples, *images)


def diagnosed(found: Facts) -> Examination:
    findings = Report.of(found).findings
    return Examination(found, findings, None, diagnose(found, findings, None), unasked(found, None))


def checked(examination: Examination) -> list[str]:
    return [check.line(color=False) for _, check in checks(examination)]


def planned(count: int) -> Ensured:
    changes = tuple(
        Change(
            Action.CREATE, f"T{n}", Part.USER, f"T{n}_USER", Level.REPOSITORY, "org/app", None, (), "missing"
        )
        for n in range(count)
    )
    findings = Report.of(many(count)).findings
    return Ensured(
        Plan("org/app", changes, findings),
        tuple(Result(ChangeOutcome.FAILED, "no") for _ in changes),
        dry_run=False,
    )


def published(count: int) -> Publishing:
    results = tuple(
        Published(Publication(f"a.b/c{n}", None, copy="x"), Ended.FAILED, notes=("a note",))
        for n in range(count)
    )
    return Publishing("org/app", results, Report.of(many(count)).findings, dry_run=False)


def tracked(report: Report) -> str:
    return body(
        report,
        compare(report, IssueState()),
        WorkflowRepository("org/app", "https://github.com"),
        "1",
        needed=True,
    )


MAKERS: dict[str, Callable[[int], Callable[[], object]]] = {
    "rules": lambda count: partial(Report.of, many(count)),
    **{
        f"report as {form}": lambda count, form=form: partial(  # type: ignore[misc] # a default binds it now
            render, Report.of(many(count)), form, REDACTOR
        )
        for form in Format
    },
    "missing": lambda count: partial(getattr, Report.of(many(count)), "missing"),
    "redaction": lambda count: partial(REDACTOR.value, Report.of(many(count))),
    "diagnosis": lambda count: partial(diagnosed, many(count)),
    "diagnosis as text": lambda count: partial(
        diagnosis_text, diagnosed(many(count)), color=False, width=100
    ),
    "diagnosis as json": lambda count: partial(rendered, diagnosed(many(count)), REDACTOR, doctor_document),
    "checks": lambda count: partial(checked, diagnosed(many(count))),
    **{
        f"plan as {form}": lambda count, form=form: partial(render_end, planned(count), form, REDACTOR)  # type: ignore[misc]
        for form in (*OF_A_CHANGE, Format.GITHUB)
    },
    **{
        f"publishing as {form}": lambda count, form=form: partial(  # type: ignore[misc]
            render_publishing, published(count), form, REDACTOR
        )
        for form in (*OF_A_CHANGE, Format.GITHUB)
    },
    "issue": lambda count: partial(tracked, Report.of(many(count))),
}


@pytest.mark.parametrize("what", MAKERS)
def test_four_times_as_much_takes_four_times_as_many_steps(what: str) -> None:
    make = MAKERS[what]
    make(2)()
    few, more = steps(make(FEW)), steps(make(4 * FEW))
    assert more <= MOST * few, (few, more)


def test_a_step_for_each_pair_would_be_seen() -> None:
    def pairs(count: int) -> Callable[[], object]:
        report = Report.of(many(count))
        return lambda: [
            next((each for each in report.facts.images if each.location == finding.location), None)
            for finding in report.findings
        ]

    assert steps(pairs(4 * FEW)) > 2 * MOST * steps(pairs(FEW))


@pytest.mark.parametrize("form", Format)
def test_a_report_is_bounded_however_many_findings_there_are(form: Format) -> None:
    assert len(render(Report.of(many(1500)), form, Redactor(())).encode()) < 20_000_000
