"""A finding has a subject, and with it a key that neither its message nor its place changes."""

from dataclasses import replace

import pytest
from hypothesis import given
from tests.unit.report.demo import demo
from tests.unit.report.hostile import FRAGMENTS, TEXTS, hostile_facts
from tests.unit.rules.facts_builder import ACR, at, facts, held, image, login, triple

from crreg.check.report import Report
from crreg.discovery.found import Problem, ProblemKind
from crreg.facts.model import Facts
from crreg.findings.finding import Severity
from crreg.findings.remedy import steps
from crreg.rules.catalog import RULES


def subjects(found: Facts) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.rule, finding.subject) for finding in Report.of(found).findings]


@pytest.mark.parametrize(
    ("found", "rule", "subject"),
    [
        (
            facts(triple(stored={"SERVER": held()}, at_hand=""), image(covered_by="ACR")),
            "missing-secret",
            ("ACR_CONTAINER_REGISTRY_USER", "ACR_CONTAINER_REGISTRY_PASSWORD"),
        ),
        (facts(triple(login=login("denied"))), "login-failed", ("ACR",)),
        (
            facts(triple(login=login()), image(f"{ACR}/a/b:1", covered_by="ACR", pull="not-found")),
            "image-not-found",
            (f"{ACR}/a/b:1",),
        ),
        (facts(image(pull="unreachable")), "registry-unreachable", (ACR,)),
        (
            facts(Problem(ProblemKind.INVALID, "m", at(3, "a.json"))),
            "invalid-configuration",
            ("a.json",),
        ),
        (facts(image(pull="denied")), "uncovered-registry", (ACR,)),
    ],
)
def test_a_finding_is_about_what_its_rule_says(found: Facts, rule: str, subject: tuple[str, ...]) -> None:
    assert (rule, subject) in subjects(found)


@pytest.mark.parametrize("found", [demo(), hostile_facts("".join(FRAGMENTS))])
def test_no_finding_is_without_a_subject(found: Facts) -> None:
    assert [rule for rule, subject in subjects(found) if not any(subject)] == []


@given(TEXTS)
def test_whatever_a_file_holds_every_finding_has_a_key(text: str) -> None:
    for finding in Report.of(hostile_facts(text)).findings:
        assert int(finding.key, 16) >= 0
        assert len(finding.key) == 32


def test_the_key_is_made_of_rule_and_subject_alone() -> None:
    first, second = RULES[:2]
    finding = first.finding("m", steps("r"), triple="A", registry="r.example", location=at(3))
    moved = replace(
        finding, message="other", severity=Severity.WARNING, location=at(9, "b.json"), registry="s.example"
    )
    assert finding.subject == ("A",)
    assert moved.key == finding.key
    keys = {
        finding.key,
        second.finding("m", steps("r"), triple="A").key,
        first.finding("m", steps("r"), triple="B").key,
        first.finding("m", steps("r"), triple="A", about=("A_USER",)).key,
        first.finding("m", steps("r"), registry="r.example", location=at(3)).key,
        first.finding("m", steps("r"), location=at(3)).key,
    }
    assert len(keys) == 6
