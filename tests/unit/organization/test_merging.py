"""The parts of several jobs become the report of one run; what is in doubt is unknown."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crreg.discovery.found import Source
from crreg.exits.status import Status
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Holding, PartFact, TripleFact
from crreg.findings.finding import Effect, Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import Command, Link, Prose, Shell, Snippet
from crreg.github.levels import Level
from crreg.organization.job import Job, PlanError
from crreg.organization.listed import Listed
from crreg.organization.merging import merge
from crreg.organization.part import Part, part_from_json
from crreg.organization.report import Checked, OrganizationReport
from crreg.registry.outcome import LoginOutcome, LoginResult, NetworkPlace, PullOutcome, PullResult
from crreg.registry.reference import ImageReference
from crreg.triple import Part as PartOfTriple

NOW = datetime(2026, 11, 26, 5, 17, tzinfo=UTC)
PLACE = Location(".devcontainer/devcontainer.json", 3, 12, 3, 40)
WRONG = Finding(
    "login-failed",
    Severity.ERROR,
    "The registry refuses the password.",
    (Prose("Store it again:"), Command(("gh", "secret")), Shell("a | b"), Snippet("x: 1"), Link("Open", "u")),
    triple="ACR",
    registry="acme.azurecr.io",
    location=PLACE,
    subject=("ACR",),
)
SILENT = Finding(
    "registry-unreachable",
    Severity.WARNING,
    "It did not answer.",
    (Prose("Run it again."),),
    triple="ACR",
    registry="acme.azurecr.io",
    effect=Effect.UNPROVEN,
    subject=("acme.azurecr.io",),
)


def image(outcome: PullOutcome) -> ImageFact:
    reference = ImageReference.parse("acme.azurecr.io/dev/base:1")
    pull = PullResult(outcome, "It is so.", 2, place=NetworkPlace.PRIVATE)
    return ImageFact(str(reference), reference, Source.IMAGE, PLACE, Coverage.COVERED, "ACR", pull)


def triple(outcome: LoginOutcome = LoginOutcome.SUCCEEDED) -> TripleFact:
    held = PartFact((Holding(Level.ORGANIZATION, assigned=True, updated_at=NOW, visibility="all"),))
    return TripleFact(
        "ACR",
        dict.fromkeys(PartOfTriple, held),
        "acme.azurecr.io",
        login=LoginResult(outcome, "It is so.", 2, expires_at=NOW + timedelta(hours=1)),
    )


def checked(name: str, status: Status = Status.HEALTHY, **fields: Any) -> Checked:
    identifier = sum(map(ord, name))
    return Checked(
        Listed(identifier, f"acme/{name}", "private", "main", "c"),
        status,
        needed=frozenset({"ACR"}),
        **fields,
    )


def job(number: int = 1, parts: int = 1, runner: str = "ubuntu-latest", organization: str = "acme") -> Job:
    return Job("p", organization, (number, parts), 0.5, runner)


def part(of: Job, *each: Checked, listed: int = 5, **fields: Any) -> Part:
    report = OrganizationReport.of(
        of.organization, NOW, listed, each, ids=[one.listed.id for one in each], **fields
    )
    return Part.of(of, report, tried=True)


def merged(*parts: Part, plan: tuple[Job, ...] = (), **missing: str) -> OrganizationReport:
    [report] = merge(plan or [each.job for each in parts], parts, missing, NOW)
    return report


def test_a_part_is_read_as_it_was_written() -> None:
    whole = part(
        job(2, 8),
        checked(
            "app",
            Status.UNHEALTHY,
            findings=(WRONG,),
            unneeded=(SILENT,),
            unchecked=("one image was not proven",),
            images=(image(PullOutcome.DENIED), replace(image(PullOutcome.DENIED), pull=None, reference=None)),
            triples=(triple(), TripleFact("GAR", {each: PartFact() for each in PartOfTriple})),
        ),
        unlisted=["3 of 9 repositories were not listed: no"],
        notes=["A note."],
    )
    assert part_from_json(json.loads(json.dumps(whole.to_json()))) == whole


@pytest.mark.parametrize(
    "document", [None, [], {}, {"version": 1}, {"version": 1, "part": {"kind of": "Part"}}]
)
def test_a_damaged_part_is_no_part(document: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - its text is not shown
        part_from_json(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("now",), 7),
        (("listed",), "5"),
        (("ids",), ["x"]),
        (("checked", 0, "status"), "fine"),
        (("checked", 0, "findings", 0, "steps", 0, "kind of"), "Finding"),
        (("checked", 0, "listed"), None),
    ],
)
def test_a_part_with_one_wrong_value_is_no_part(path: tuple[str | int, ...], value: Any) -> None:
    document = json.loads(
        json.dumps(part(job(), checked("a", Status.UNHEALTHY, findings=(WRONG,))).to_json())
    )
    place = document["part"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError):  # noqa: PT011 - its text is not shown
        part_from_json(document)


def test_the_parts_of_an_organization_are_the_report_of_one_run() -> None:
    results = [
        checked("a", Status.UNHEALTHY, findings=(WRONG,)),
        checked("b"),
        checked("c", Status.UNHEALTHY, findings=(WRONG,)),
        checked("d", Status.UNKNOWN, unchecked=("one image was not proven",)),
    ]
    one = OrganizationReport.of("acme", NOW, 20, results, ids=[each.listed.id for each in results])
    report = merged(
        part(job(1, 2), *results[::2], listed=12),
        part(job(2, 2), *results[1::2], listed=8),
    )
    assert report == one
    [cause] = report.causes
    assert cause.repositories == ("acme/a", "acme/c")


def test_a_missing_part_is_named_and_makes_the_rest_unknown() -> None:
    report = merged(part(job(1, 2), checked("a")), plan=(job(1, 2), job(2, 2)))
    assert report.status is Status.UNKNOWN
    assert report.unchecked == ("the part acme 2/2 on ubuntu-latest is missing: its job left none",)
    assert not report.is_whole
    [report] = merge([job()], [], {job().name: "its file is damaged"}, NOW)
    assert report.unchecked == ("the part acme 1/1 on ubuntu-latest is missing: its file is damaged",)


def test_an_error_stays_an_error_when_a_part_is_missing() -> None:
    failing = checked("a", Status.UNHEALTHY, findings=(WRONG,))
    assert merged(part(job(1, 2), failing), plan=(job(1, 2), job(2, 2))).status is Status.UNHEALTHY


def test_parts_of_another_plan_or_twice_the_same_are_refused() -> None:
    ours = part(job(), checked("a"))
    with pytest.raises(PlanError, match="belongs to another plan"):
        merge([replace(job(), plan="q")], [ours], {}, NOW)
    with pytest.raises(PlanError, match="belongs to another plan"):
        merge([job(organization="octo")], [ours], {}, NOW)
    with pytest.raises(PlanError, match="two parts of acme 1/1"):
        merge([job()], [ours, ours], {}, NOW)


def test_each_organization_has_a_report_of_its_own() -> None:
    other = job(organization="octo")
    same = checked("a", Status.UNHEALTHY, findings=(WRONG,))
    reports = merge([job(), other], [part(other, same), part(job(), same)], {}, NOW)
    assert [(report.organization, len(report.causes)) for report in reports] == [("acme", 1), ("octo", 1)]


HERE, THERE = job(), job(runner="corp")
REACHED = checked("a", images=(image(PullOutcome.AVAILABLE),), triples=(triple(),))
UNREACHED = checked(
    "a",
    Status.UNKNOWN,
    findings=(SILENT,),
    unchecked=("1 image was not proven: acme.azurecr.io could not be reached",),
    images=(image(PullOutcome.UNREACHABLE),),
    triples=(triple(LoginOutcome.UNREACHABLE),),
)


@pytest.mark.parametrize("turned", [False, True])
def test_the_runner_that_reaches_a_registry_knows_better(*, turned: bool) -> None:
    results = (UNREACHED, REACHED) if not turned else (REACHED, UNREACHED)
    report = merged(part(HERE, results[0]), part(THERE, results[1]))
    assert report.repositories == (REACHED,)
    assert (report.status, report.causes, report.listed) == (Status.HEALTHY, (), 5)


def test_an_error_that_one_runner_saw_is_proven() -> None:
    failing = checked("a", Status.UNHEALTHY, findings=(WRONG,), images=(image(PullOutcome.DENIED),))
    assert merged(part(HERE, failing), part(THERE, REACHED)).status is Status.UNHEALTHY


def test_when_both_were_answered_and_disagree_the_worse_counts() -> None:
    doubtful = checked("a", Status.UNKNOWN, unchecked=("no values",), images=(image(PullOutcome.SKIPPED),))
    assert merged(part(HERE, doubtful), part(THERE, REACHED)).status is Status.UNKNOWN


def test_what_no_single_runner_reaches_stays_unknown() -> None:
    report = merged(part(HERE, UNREACHED), part(THERE, UNREACHED))
    assert (report.status, report.repositories) == (Status.UNKNOWN, (UNREACHED,))


def test_the_same_repository_is_counted_once_and_an_unnamed_one_as_often_as_it_was_seen() -> None:
    unnamed = Checked(Listed(0, "acme/?", "private", "", ""), Status.UNKNOWN, unchecked=("was not read",))
    report = merged(part(HERE, REACHED, unnamed, unnamed), part(THERE, REACHED, unnamed, unnamed))
    assert [each.name for each in report.repositories] == ["acme/?", "acme/?", "acme/a"]


def test_an_unneeded_credential_is_unreachable_only_if_no_runner_reached_it() -> None:
    silent = replace(REACHED, needed=frozenset[str](), unneeded=(SILENT,))
    quiet = replace(silent, unneeded=())
    assert merged(part(HERE, silent), part(THERE, quiet)).causes == ()
    [cause] = merged(part(HERE, silent), part(THERE, silent)).causes
    assert cause.finding.rule == "registry-unreachable"
