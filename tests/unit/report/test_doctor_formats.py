"""An examination as its readers see it: a person, and a program."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from sandbox.documents import read_document
from tests.unit.report.hostile import FRAGMENTS, TEXTS, hostile_facts
from tests.unit.rules.facts_builder import NOW, facts, image, inventory, level, login, triple

from crreg.doctor.codespace import Codespace
from crreg.doctor.diagnose import diagnose, unasked
from crreg.doctor.diagnosis import Examination
from crreg.doctor.recommended import recommended_secrets, unasked_images
from crreg.facts.model import Facts
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.github.package import Package, PackageStatus
from crreg.redaction.redact import Redactor
from crreg.report.doctor import (
    checks,
    diagnosis_text,
    doctor_document,
    place_check,
    recommended_text,
    repository_check,
)
from crreg.report.rendering import rendered
from crreg.rules.catalog import judge

COLOR = re.compile(r"\x1b\[[0-9;]*m")
ALL = "".join(FRAGMENTS)
HERE = Codespace("parakeet", "octocat", NOW - timedelta(hours=3), has_token=True, own_token=True)


def examined(found: Facts, codespace: Codespace | None = HERE) -> Examination:
    findings = judge(found)
    return Examination(
        found, findings, codespace, diagnose(found, findings, codespace), unasked(found, codespace)
    )


def text_of(examination: Examination, *, color: bool = False, width: int = 100) -> str:
    lines = [place_check(examination.codespace, NOW).line(color=color)]
    lines += [repository_check(examination.facts.repository, "as given").line(color=color)]
    lines += [check.line(color=color) for _, check in checks(examination)]
    return "\n".join([*lines, diagnosis_text(examination, color=color, width=width)])


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_a_terminal_gets_no_escape_that_is_not_ours_and_a_runner_no_command(text: str) -> None:
    examination = examined(hostile_facts(text))
    for color in (False, True):
        output = text_of(examination, color=color, width=60)
        bare = COLOR.sub("", output) if color else output
        assert all(character == "\n" or character.isprintable() for character in bare)
        assert not any(line.lstrip().startswith("::") or "##[" in line for line in bare.split("\n"))


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_json_keeps_its_schema_and_what_a_finding_quotes_adds_no_line_to_a_remedy(text: str) -> None:
    output = rendered(examined(hostile_facts(text)), Redactor(()), doctor_document)
    document = read_document(output)
    assert "##[" not in output
    lines = [
        line
        for each in (*document["diagnosis"], *document["unasked"])
        for line in each.get("remedy", each.get("how")).split("\n")
    ]
    assert all(line.isprintable() for line in lines)
    assert {line.split()[0] for line in lines if line.startswith("  ")} <= {
        "az",
        "curl",
        "docker",
        "env",
        "gh",
        'GITHUB_TOKEN="$(env',
        *(word for line in lines for word in line.split()[:1] if word.startswith("https://github.com/")),
    }


@settings(max_examples=25, deadline=None)
@given(TEXTS)
@example(ALL)
def test_recommended_secrets_of_hostile_files_are_one_object_of_plain_text(text: str) -> None:
    found = hostile_facts(text)
    document = rendered(recommended_secrets(found), Redactor(()), lambda secrets: {"secrets": secrets})
    assert json.loads(f"{{{recommended_text(document)}}}") == json.loads(document)
    assert all(each["description"].isprintable() for each in json.loads(document)["secrets"].values())
    assert all(left.isprintable() for left in unasked_images(found))


@pytest.mark.parametrize(
    ("found", "codespace", "verdict"),
    [
        (
            facts(triple(login=login()), image(covered_by="ACR", pull="available")),
            HERE,
            "Diagnosis: healthy. This codespace can pull what it needs.",
        ),
        (
            replace(facts(), repository=None),
            None,
            "Diagnosis: unknown. crreg could not find out whether a codespace can pull what it needs.",
        ),
        (
            facts(triple(login=login()), image(covered_by="ACR", pull="available")),
            None,
            "Diagnosis: healthy. A codespace can pull what it needs.",
        ),
        (
            facts(
                triple(login=login(expires_at=NOW + timedelta(days=3))),
                image(covered_by="ACR", pull="available"),
            ),
            HERE,
            "Diagnosis: healthy. This codespace can pull what it needs. One thing may change that.",
        ),
        (
            facts(triple(login=login("denied", "No.")), image(covered_by="ACR", pull="denied")),
            HERE,
            "Diagnosis: one cause keeps this codespace from pulling what it needs.",
        ),
        (
            facts(image("a.example/a:1", pull="denied"), image("b.example/b:1", pull="denied")),
            HERE,
            "Diagnosis: 2 causes keep this codespace from pulling what it needs.",
        ),
        (
            facts(),
            replace(HERE, recovery=True),
            "Diagnosis: unknown. crreg could not find out whether this codespace can pull what it needs.",
        ),
        (
            facts(image(pull="unreachable")),
            HERE,
            "Diagnosis: unknown. crreg could not find out whether this codespace can pull what it needs.",
        ),
    ],
)
def test_the_verdict_is_one_line(found: Facts, codespace: Codespace | None, verdict: str) -> None:
    assert diagnosis_text(examined(found, codespace), color=False, width=100).split("\n")[1] == verdict


def test_healthy_is_the_end_of_it() -> None:
    found = facts(triple(login=login()), image(covered_by="ACR", pull="available"))
    assert diagnosis_text(examined(found), color=False, width=100) == (
        "\nDiagnosis: healthy. This codespace can pull what it needs.\n"
    )


def test_a_cause_is_followed_by_what_to_do_and_wraps_below_its_first_word() -> None:
    found = facts(triple(login=login("forbidden", "It says no.")), image(covered_by="ACR", pull="forbidden"))
    assert diagnosis_text(examined(found), color=False, width=60) == (
        "\n"
        "Diagnosis: one cause keeps this codespace from pulling what\n"
        "it needs.\n"
        "\n"
        "1. The login with ACR fails: It says no. Needed by\n"
        "   `acme.azurecr.io/dev/base:1`.\n"
        "   Named at .devcontainer/devcontainer.json:3:12\n"
        "   Ask an administrator of the registry for this:\n"
        "   Give the service principal the role AcrPull, or the token\n"
        '   a scope map with content/read. In a registry with "RBAC\n'
        '   Registry + ABAC Repository Permissions", AcrPull has no\n'
        "   effect: the role is Container Registry Repository Reader.\n"
    )


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "started less than a minute ago"),
        (timedelta(minutes=1), "started 1 minute ago"),
        (timedelta(hours=5), "started 5 hours ago"),
        (timedelta(days=2, hours=3), "started 2 days ago"),
    ],
)
def test_the_start_is_told_in_its_greatest_unit(ago: timedelta, words: str) -> None:
    codespace = Codespace("parakeet", None, NOW - ago, has_token=True, own_token=True)
    assert place_check(codespace, NOW).line(color=False) == f"✓ Codespace  parakeet: {words}"


def test_where_secrets_are_kept_is_no_matter_where_none_is_to_be_changed() -> None:
    unlisted = inventory(*(level(which, LevelStatus.UNREADABLE, detail="403.") for which in Level))
    closed = facts(
        triple(stored={}, login=login()),
        image("ghcr.io/org/dev:1", pull="denied"),
        inventory=unlisted,
    )
    denied = facts(
        triple(stored={}, login=login("denied", "No.")),
        image(covered_by="ACR", pull="denied"),
        inventory=unlisted,
    )
    texts = [diagnosis_text(examined(found), color=False, width=100) for found in (closed, denied)]
    assert ["Unknown: Which Codespaces secrets" in text for text in texts] == [False, True]


def test_an_image_that_its_package_grants_is_no_refusal() -> None:
    package = Package("org", "dev", PackageStatus.FOUND, "private", "org/app")
    found = facts(image("ghcr.io/org/dev:1", pull="denied"), packages={"ghcr.io/org/dev": package})
    lines = [check.line(color=False) for _, check in checks(examined(found, None))]
    assert lines[-1] == "✓ Image      ghcr.io/org/dev:1: granted to codespaces"


def test_a_mark_is_coloured_and_the_words_are_not() -> None:
    assert repository_check("org/app", "as given").line(color=True) == (
        "\x1b[32m✓\x1b[0m Repository org/app: as given"
    )
