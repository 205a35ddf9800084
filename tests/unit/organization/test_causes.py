"""One thing to repair is one cause, whatever it breaks."""

from datetime import UTC, datetime

import pytest

from crreg.exits.status import Status
from crreg.facts.model import Holding, PartFact, TripleFact
from crreg.findings.finding import Finding, Severity
from crreg.findings.location import Location
from crreg.findings.remedy import Prose, command, steps, text_of
from crreg.github.levels import Level
from crreg.organization.causes import causes_of
from crreg.organization.listed import Listed
from crreg.organization.report import Checked, OrganizationReport
from crreg.rules import invalid_configuration, login_failed, not_assigned, stale_secret
from crreg.triple import Part

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def location(line: int) -> Location:
    return Location(".devcontainer/devcontainer.json", line, 1, line, 9)


def refused(line: int = 3, *, needed: str = "") -> Finding:
    return login_failed.RULE.finding(
        f"The login with ACR fails: wrong password.{needed}",
        steps("Create a new password."),
        triple="ACR",
        registry="acme.azurecr.io",
        location=location(line),
    )


def test_one_wrong_password_is_one_cause_with_all_names() -> None:
    found = {f"acme/r{number:02}": [refused()] for number in range(40)}
    [cause] = causes_of(found, ())
    assert cause.repositories == tuple(sorted(found))
    assert cause.finding.message == "The login with ACR fails: wrong password."
    assert cause.finding.location == location(3)


def test_details_that_differ_are_said_to_be_those_of_one() -> None:
    found = {
        "acme/a": [refused(3, needed=" Needed by `x`.")],
        "acme/b": [refused(4, needed=" Needed by `y`.")],
    }
    [cause] = causes_of(found, ())
    assert cause.finding.message == (
        "The login with ACR fails: wrong password. Needed by `x`. This is the text for `acme/a`; the others differ in "
        "names and places."
    )
    assert cause.finding.location is None


def test_the_repository_is_not_named_where_there_are_several() -> None:
    found = {
        name: [
            not_assigned.RULE.finding(
                f"X is stored in the organization, and `{name}` is not one of them.",
                steps(f"Give `{name}` access:", command("gh", "api", name)),
                triple="ACR",
            )
        ]
        for name in ("acme/a", "acme/b")
    }
    [cause] = causes_of(found, ())
    assert cause.finding.message == "X is stored in the organization, and the repository is not one of them."
    assert cause.finding.steps[0] == Prose("Give the repository access:")
    assert "These steps are for `acme/a`." in text_of(cause.finding.steps)


def test_access_to_a_secret_of_the_organization_can_be_given_to_all_at_once() -> None:
    unassigned = not_assigned.RULE.finding("not assigned", steps("Give access."), triple="ACR")

    def remedy(*names: str, grantable: str, finding: Finding = unassigned) -> str:
        [cause] = causes_of({name: [finding] for name in names}, (), {("acme/a", grantable)})
        return text_of(cause.finding.steps)

    assert remedy("acme/a", "acme/b", grantable="ACR").endswith("  crreg ensure --org acme")
    assert "crreg ensure" not in remedy("acme/a", grantable="ACR")
    assert "crreg ensure" not in remedy("acme/a", "acme/b", grantable="GAR")
    assert "crreg ensure" not in remedy("acme/a", "acme/b", grantable="ACR", finding=refused())


@pytest.mark.parametrize(
    ("holding", "grantable"),
    [
        (Holding(level=Level.ORGANIZATION, assigned=False, updated_at=NOW, visibility="selected"), True),
        (Holding(level=Level.ORGANIZATION, assigned=True, updated_at=NOW, visibility="selected"), False),
        (Holding(level=Level.ORGANIZATION, assigned=False, updated_at=NOW, visibility="private"), False),
        (Holding(level=Level.USER, assigned=False, updated_at=NOW, visibility="selected"), False),
    ],
)
def test_what_the_organization_may_give_access_to_is_known_from_where_it_is_stored(
    holding: Holding, *, grantable: bool
) -> None:
    unassigned = not_assigned.RULE.finding("not assigned", steps("Give access."), triple="ACR")
    parts = {part: PartFact((holding,)) for part in Part}
    checked = [
        Checked(
            Listed(number, f"acme/{number}", "private", "main", "c1"),
            Status.UNHEALTHY,
            (unassigned,),
            triples=(TripleFact("ACR", parts),),
        )
        for number in range(2)
    ]

    [cause] = OrganizationReport.of("acme", NOW, 2, checked).causes

    assert ("crreg ensure --org acme" in text_of(cause.finding.steps)) is grantable


def test_the_same_mistake_in_files_is_one_cause_and_another_one_is_not() -> None:
    def broken(message: str) -> Finding:
        return invalid_configuration.RULE.finding(message, steps("Correct it."), location=location(1))

    found = {"acme/a": [broken("no value")], "acme/b": [broken("no value")], "acme/c": [broken("no comma")]}
    assert [cause.repositories for cause in causes_of(found, ())] == [("acme/a", "acme/b"), ("acme/c",)]


def test_triples_of_the_same_name_with_different_faults_are_two_causes() -> None:
    missing = not_assigned.RULE.finding("not assigned", steps("Assign it."), triple="ACR")
    assert len(causes_of({"acme/a": [refused()], "acme/b": [missing]}, ())) == 2


def test_errors_come_first_then_what_breaks_most() -> None:
    old = stale_secret.RULE.finding("old", steps("Renew it."), triple="OLD")
    other = login_failed.RULE.finding("no", steps("Renew it."), triple="GAR", registry="gar")
    found = {"acme/a": [old, refused()], "acme/b": [old, other, refused()], "acme/c": [old]}
    causes = causes_of(found, (stale_secret.RULE.finding("unused", steps("Delete it."), triple="UNUSED"),))
    assert [(cause.finding.severity, cause.finding.triple, len(cause.repositories)) for cause in causes] == [
        (Severity.ERROR, "ACR", 2),
        (Severity.ERROR, "GAR", 1),
        (Severity.WARNING, "OLD", 3),
        (Severity.WARNING, "UNUSED", 0),
    ]
