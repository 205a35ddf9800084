"""What appears, what goes, what stays the same, and what could not be looked at."""

from dataclasses import replace
from datetime import timedelta

from tests.unit.rules.facts_builder import (
    ACR,
    NOW,
    at,
    facts,
    held,
    image,
    inventory,
    level,
    login,
    triple,
)

from crreg.action.issue.compare import Comparison, compare
from crreg.action.issue.problem import TrackedProblem, problem
from crreg.action.issue.state import IssueState, marker, read_state
from crreg.check.report import Report
from crreg.configuration.settings import RegistrySettings
from crreg.facts.model import Facts
from crreg.findings.finding import Finding, Severity
from crreg.findings.remedy import steps
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.github.package import Package, PackageStatus

DENIED = triple(login=login("denied"))
GOOD = triple(login=login())
PULLED = image(covered_by="ACR", pull="available")
GONE = image(f"{ACR}/dev/gone:1", covered_by="ACR", pull="not-found", line=4)
LATER = timedelta(days=3)


def stand(found: Facts, previous: IssueState | None = None) -> Comparison:
    return compare(Report.of(found), previous or IssueState())


def told(found: Facts) -> IssueState:
    """What an issue remembers of these facts."""
    return IssueState(stand(found).problems)


def later(found: Facts) -> Facts:
    return replace(found, now=NOW + LATER)


def rules(problems: tuple[TrackedProblem, ...] | tuple[tuple[Finding, TrackedProblem], ...]) -> list[str]:
    return [(each[1] if isinstance(each, tuple) else each).rule for each in problems]


def test_everything_is_new_to_a_new_issue() -> None:
    comparison = stand(facts(DENIED, PULLED))
    assert (rules(comparison.appeared), comparison.gone) == (["login-failed"], ())
    assert [each.since for each in comparison.problems] == [NOW]


def test_what_stays_keeps_its_date_wherever_it_stands_and_whatever_it_says() -> None:
    again = later(facts(triple(login=login("denied", "in other words")), replace(PULLED, location=at(9))))
    comparison = stand(again, told(facts(DENIED, PULLED)))
    assert ([each.since for each in comparison.problems], comparison.changed) == ([NOW], False)


def test_what_goes_is_gone_and_leaves_no_trace() -> None:
    comparison = stand(facts(GOOD, PULLED), told(facts(DENIED, PULLED)))
    assert (rules(comparison.gone), comparison.problems) == (["login-failed"], ())


def test_two_images_of_one_rule_are_two_problems() -> None:
    other = image(f"{ACR}/dev/lost:1", covered_by="ACR", pull="not-found", line=5)
    comparison = stand(facts(GOOD, GONE, other), told(facts(GOOD, GONE)))
    assert [finding.message.count("dev/lost") for finding, _ in comparison.appeared] == [1]


def test_days_that_pass_make_no_new_problem() -> None:
    entry = RegistrySettings("ACR", at(2), max_age=timedelta(days=110))
    due = facts(triple(configured=entry, login=login()), PULLED)
    comparison = stand(later(due), told(due))
    assert (rules(comparison.problems), comparison.changed) == (["expiring-credential"], False)


def test_another_part_that_is_missing_is_news() -> None:
    one = facts(triple(stored={"SERVER": held(), "USER": held()}, at_hand=""), PULLED)
    two = facts(triple(stored={"SERVER": held()}, at_hand=""), PULLED)
    comparison = stand(two, told(one))
    assert (rules(comparison.appeared), rules(comparison.gone)) == (["missing-secret"], ["missing-secret"])


def test_what_is_too_much_to_remember_is_not_new_each_time() -> None:
    many = [image(f"{ACR}/dev/{number}:1", covered_by="ACR", pull="not-found") for number in range(300)]
    found = facts(GOOD, *many)
    written = read_state(marker("org/app", told(found)), NOW)
    assert len(stand(found).present) == 300
    assert not stand(found, written).changed


def test_what_github_could_not_be_asked_for_is_held() -> None:
    unlisted = inventory(level(Level.REPOSITORY, LevelStatus.UNREACHABLE))
    broken = triple("BAD", server="b.example", login=login("denied"))
    before = told(
        facts(triple(stored={}, at_hand="", configured=RegistrySettings("ACR", None)), broken, PULLED)
    )
    comparison = stand(facts(triple(stored={}, at_hand=""), broken, PULLED, inventory=unlisted), before)
    assert (rules(comparison.held), comparison.gone) == (["missing-secret"], ())


def test_what_a_silent_registry_was_said_of_is_held_and_nothing_else() -> None:
    other = image("b.example/x:1", covered_by="B", pull="not-found", line=7)
    before = told(facts(GOOD, triple("B", server="b.example", login=login()), GONE, other))
    silent = facts(
        triple(login=login("unreachable")),
        triple("B", server="b.example", login=login()),
        image(f"{ACR}/dev/gone:1", covered_by="ACR", pull="unreachable", line=4),
        image("b.example/x:1", covered_by="B", pull="available", line=7),
    )
    comparison = stand(silent, before)
    assert (rules(comparison.held), rules(comparison.gone)) == (["image-not-found"], ["image-not-found"])
    assert comparison.appeared == ()


def test_a_silent_registry_alone_is_no_news() -> None:
    silent = facts(triple(login=login("unreachable")), image(covered_by="ACR", pull="unreachable"))
    comparison = stand(silent)
    assert (rules(comparison.present), comparison.appeared) == (["registry-unreachable"], ())


def test_a_package_that_github_does_not_tell_of_is_no_package_that_is_well() -> None:
    refused = image("ghcr.io/org/dev:1", pull="denied")
    private = {"ghcr.io/org/dev": Package("org", "dev", PackageStatus.FOUND, "private", None)}
    silent = {"ghcr.io/org/dev": Package("org", "dev", PackageStatus.UNREACHABLE)}
    comparison = stand(facts(refused, packages=silent), told(facts(refused, packages=private)))
    assert (rules(comparison.held), comparison.gone) == (["package-not-accessible"], ())


def old(found: Facts) -> IssueState:
    """What an issue remembers of these facts that an older crreg wrote, whose keys came from messages."""
    written = marker("org/app", told(found)).replace('"version":2', '"version":1')
    state = read_state(written, NOW)
    assert state is not None
    assert {each.key for each in state.problems} == {""}
    return state


def test_what_an_older_version_told_is_neither_new_nor_gone() -> None:
    other = image(f"{ACR}/dev/lost:1", covered_by="ACR", pull="not-found", line=5)
    comparison = stand(later(facts(GOOD, GONE, other)), old(facts(GOOD, GONE, other)))
    assert (comparison.changed, {each.since for each in comparison.problems}) == (False, {NOW})
    assert all(each.key for each in comparison.problems)


def test_what_an_older_version_told_can_be_gone_and_something_else_new() -> None:
    broken = triple("BAD", server="b.example", login=login("denied"))
    comparison = stand(facts(DENIED, PULLED), old(facts(broken, GOOD, PULLED)))
    assert ({each.triple for each in comparison.gone}, rules(comparison.appeared)) == (
        {"BAD"},
        ["login-failed"],
    )


def test_what_an_older_version_told_is_held_until_its_registry_answers() -> None:
    silent = facts(
        triple(login=login("unreachable")),
        image(f"{ACR}/dev/gone:1", covered_by="ACR", pull="unreachable", line=4),
    )
    held = stand(silent, old(facts(GOOD, GONE)))
    assert (rules(held.held), held.changed) == (["image-not-found"], False)
    again = read_state(marker("org/app", IssueState(held.problems)), NOW)
    comparison = stand(later(facts(GOOD, GONE)), again)
    assert (comparison.changed, [each.since for each in comparison.problems]) == (False, [NOW])


def test_other_words_in_a_message_make_no_other_problem() -> None:
    [finding] = Report.of(facts(DENIED, PULLED)).findings
    reworded = replace(
        finding, message="`Other` words about OTHER_CONTAINER_REGISTRY_USER.", severity=Severity.WARNING
    )
    assert problem(reworded, NOW).key == problem(finding, NOW).key


def test_a_triple_whose_name_is_none_is_not_remembered_by_it() -> None:
    finding = Finding(
        "login-failed", Severity.ERROR, "m", steps("r"), triple="--> <img>", registry="r.example"
    )
    remembered = problem(finding, NOW)
    assert (remembered.triple, len(remembered.key), len(remembered.registry)) == ("", 16, 8)
