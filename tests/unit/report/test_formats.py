"""Each format tells the same report to its reader."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sandbox.documents import read_document
from tests.unit.report.demo import LOGINS, REPORT_KEYS, demo
from tests.unit.report.hostile import FRAGMENTS, hostile_facts
from tests.unit.rules.facts_builder import facts, held, image, inventory, level, login, triple

from crreg.check.report import Report
from crreg.cli.rules import rules_text
from crreg.exits.exit_code import FailOn
from crreg.exits.status import Status
from crreg.facts.model import Facts, MisnamedSecret
from crreg.facts.named_images import NamedImages
from crreg.facts.tried_logins import TriedLogin, TriedLogins
from crreg.findings.remedy import Link, steps
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.redaction.redact import Redactor
from crreg.registry.outcome import LoginOutcome, LoginResult
from crreg.report.formats import OF_A_LIST, Format
from crreg.report.json import images_document, logins_document, rules_document, triple_json
from crreg.report.logins import logins_text, status_of_logins
from crreg.report.named_images import images_text
from crreg.report.render import render, render_images, render_logins, render_rules
from crreg.rules.catalog import RULES
from crreg.triple import Part

NOTHING = Redactor(())
"""There is no secret to redact."""
SCHEMA = Path("tests/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json")
COLOR = re.compile(r"\x1b\[[0-9;]*m")
HEALTHY = facts(triple(login=login()), image(covered_by="ACR", pull="available"))
KEPT_IN_PART = facts(
    triple(login=login(), stored={Part.SERVER: held(), Part.USER: held()}),
    image(covered_by="ACR", pull="available"),
)
ORGANIZATION_UNREADABLE = inventory(level(Level.ORGANIZATION, LevelStatus.UNREADABLE))
WARNED = facts(image("ghcr.io/org/dev:1", pull="denied"))


def sarif_schema() -> dict[str, Any]:
    if not SCHEMA.exists():
        pytest.fail("the SARIF schema is not installed: run npm ci in tests/")
    schema: dict[str, Any] = json.loads(SCHEMA.read_text())
    return schema


@pytest.mark.parametrize(
    ("found", "status"),
    [
        (HEALTHY, Status.HEALTHY),
        (WARNED, Status.UNKNOWN),
        (facts(), Status.HEALTHY),
        (demo(), Status.UNHEALTHY),
        (replace(HEALTHY, inventory=None), Status.UNKNOWN),
        (replace(WARNED, inventory=None), Status.UNKNOWN),
        (replace(facts(), inventory=None), Status.HEALTHY),
        (replace(facts(image("debian", pull="public")), inventory=None), Status.HEALTHY),
        # What the repository keeps wins over its organization's, whatever that is.
        (replace(HEALTHY, inventory=ORGANIZATION_UNREADABLE), Status.HEALTHY),
        (replace(KEPT_IN_PART, inventory=ORGANIZATION_UNREADABLE), Status.UNKNOWN),
        (
            replace(HEALTHY, inventory=inventory(level(Level.REPOSITORY, LevelStatus.UNREADABLE))),
            Status.UNKNOWN,
        ),
        (replace(HEALTHY, inventory=inventory(level(Level.USER, LevelStatus.UNREADABLE))), Status.HEALTHY),
    ],
)
def test_the_status_follows_from_the_findings_and_from_what_could_be_listed(
    found: Facts, status: Status
) -> None:
    assert Report.of(found).status is status


def test_what_is_missing_counts_absent_and_unassigned_secrets() -> None:
    assert Report.of(demo()).missing == (
        "ECR_CONTAINER_REGISTRY_PASSWORD",
        "SHARED_CONTAINER_REGISTRY_SERVER",
        "SHARED_CONTAINER_REGISTRY_USER",
        "SHARED_CONTAINER_REGISTRY_PASSWORD",
    )


def test_what_is_missing_counts_a_triple_of_which_every_name_is_wrong() -> None:
    misnamed = tuple(
        MisnamedSecret(f"ACR_REGISTRY_{part}", f"ACR_CONTAINER_REGISTRY_{part}", Level.REPOSITORY)
        for part in Part
    )
    assert Report.of(facts(image(pull="denied"), misnamed=misnamed)).missing == (
        "ACR_CONTAINER_REGISTRY_SERVER",
        "ACR_CONTAINER_REGISTRY_USER",
        "ACR_CONTAINER_REGISTRY_PASSWORD",
    )


@pytest.mark.parametrize(
    ("found", "failing"),
    [
        (HEALTHY, []),
        (WARNED, [FailOn.WARNING, FailOn.UNKNOWN]),
        (demo(), [FailOn.ERROR, FailOn.WARNING, FailOn.UNKNOWN]),
    ],
)
def test_a_run_fails_on_what_it_was_told_to_fail_on(found: Facts, failing: list[FailOn]) -> None:
    assert [fail_on for fail_on in FailOn if Report.of(found).exit_code(fail_on) == 1] == failing


def test_text_ends_with_the_verdict() -> None:
    assert render(Report.of(demo()), Format.TEXT, NOTHING, width=200).splitlines()[-1] == (
        "Unhealthy (3 errors): 3 of 4 images would keep a codespace from starting. "
        "Not proven: 1 login was not tried: this run lacks values for ECR."
    )
    assert render(Report.of(HEALTHY), Format.TEXT, NOTHING).splitlines()[-1] == (
        "Healthy: 1 of 1 image can be pulled."
    )
    assert render(Report.of(facts()), Format.TEXT, NOTHING).splitlines()[-1] == (
        "Healthy: no dev container was found, so codespaces use GitHub's default image."
    )


def test_text_shows_each_finding_with_its_place_and_its_command_on_one_line() -> None:
    lines = render(Report.of(demo()), Format.TEXT, NOTHING, width=60).splitlines()
    assert "error missing-secret  .devcontainer/devcontainer.json:7:12" in lines
    assert "      gh secret set ECR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app" in lines


@pytest.mark.parametrize("width", [60, 80, 120])
def test_only_places_and_commands_may_run_over_the_width(width: int) -> None:
    lines = render(Report.of(demo()), Format.TEXT, NOTHING, width=width).splitlines()
    long = [line for line in lines if len(line) > width]
    assert all(line.startswith(("      ", "  About this rule: https://", "error ")) for line in long)


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_column_of_the_table_is_lost(width: int) -> None:
    (row,) = (
        line
        for line in render(Report.of(demo()), Format.TEXT, NOTHING, width=width).splitlines()
        if "ACR " in line
    )
    assert row.split() == ["ACR", *["✓", "repo"] * 3, "✓", "succeeded"]


def test_color_adds_nothing_but_color() -> None:
    report = Report.of(demo())
    assert "\x1b" not in render(report, Format.TEXT, NOTHING, color=False)
    colored = render(report, Format.TEXT, NOTHING, color=True)
    bare = [line.rstrip() for line in COLOR.sub("", colored).splitlines()]
    assert "error login-failed  .devcontainer/devcontainer.json:11:12" in bare
    assert colored != "\n".join(bare)


def test_json_has_the_published_shape() -> None:
    document = read_document(render(Report.of(demo()), Format.JSON, NOTHING))
    assert list(document) == list(REPORT_KEYS)
    stored = {
        "level": "repository",
        "assigned": True,
        "updated_at": "2026-03-07T12:00:00Z",
        "proof": "not-proven",
        "proof_detail": "This run has no value to compare the stored one with.",
        "changed_at": None,
    }
    assert document["triples"][1] == {
        "identifier": "ECR",
        "server": "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        "parts": {"SERVER": stored, "USER": stored, "PASSWORD": None},
        "login": {
            "outcome": "skipped",
            "detail": "PASSWORD is not at hand",
            "requests": 0,
            "expires_at": None,
        },
    }
    assert document["images"][0] == {
        "reference": "acme.azurecr.io/dev/base:1",
        "registry": "acme.azurecr.io",
        "repository": "dev/base",
        "tag": "1",
        "digest": None,
        "platform": "linux/amd64",
        "source": "image",
        "path": ".devcontainer/devcontainer.json",
        "line": 3,
        "column": 12,
        "end_line": 3,
        "end_column": 40,
        "pull": {"outcome": "available", "detail": ""},
    }
    first = document["findings"][0]
    assert list(first) == [
        "rule",
        "severity",
        "message",
        "remedy",
        "steps",
        "documentation",
        "triple",
        "registry",
        "location",
    ]
    assert first["documentation"] == "https://org.github.io/crreg-action/v0/rules/#missing-secret"
    assert first["steps"] == [
        {"kind": "text", "value": "Paste this, and enter the value when prompted:"},
        {
            "kind": "command",
            "value": "gh secret set ECR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app",
        },
        {
            "kind": "link",
            "value": "https://github.com/org/app/settings/secrets/codespaces",
            "text": "Or click New secret here",
        },
    ]
    assert (first["rule"], first["severity"], first["triple"]) == ("missing-secret", "error", "ECR")
    assert first["location"] == {
        "path": ".devcontainer/devcontainer.json",
        "line": 7,
        "column": 12,
        "end_line": 7,
        "end_column": 40,
    }


def test_the_parts_of_the_json_report_are_outputs_of_their_own() -> None:
    document = read_document(render(Report.of(demo()), Format.JSON, NOTHING))
    assert images_document(NamedImages((), demo().images, ())) == {
        "images": document["images"],
        "problems": [],
    }


@pytest.mark.npm
@pytest.mark.parametrize("found", [demo(), HEALTHY, facts(), hostile_facts("".join(FRAGMENTS))])
def test_sarif_is_valid_against_its_schema(found: Facts) -> None:
    document = json.loads(render(Report.of(found), Format.SARIF, NOTHING))
    schema = sarif_schema()
    validator = jsonschema.validators.validator_for(schema)
    assert [error.message for error in validator(schema).iter_errors(document)] == []


def test_sarif_results_point_to_rules_and_places() -> None:
    (run,) = json.loads(render(Report.of(demo()), Format.SARIF, NOTHING))["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.id for rule in RULES]
    first = run["results"][0]
    assert RULES[first["ruleIndex"]].id == first["ruleId"] == "missing-secret"
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": ".devcontainer/devcontainer.json", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 7, "startColumn": 12, "endLine": 7, "endColumn": 40},
            }
        }
    ]


def test_sarif_explains_each_rule_as_code_scanning_shows_it() -> None:
    (run,) = json.loads(render(Report.of(HEALTHY), Format.SARIF, NOTHING))["runs"]
    first = run["tool"]["driver"]["rules"][0]
    page = "https://org.github.io/crreg-action/v0/rules/#missing-secret"
    meaning = "It keeps a codespace from starting."
    texts = {rule["id"]: rule["fullDescription"]["text"] for rule in run["tool"]["driver"]["rules"]}
    assert texts["missing-value"].endswith("It keeps a triple from being written.")
    assert texts["build-failed"].endswith("It keeps an image from being published.")
    assert first["fullDescription"] == {
        "text": f"A triple lacks one of its three Codespaces secrets. {meaning}"
    }
    assert first["help"] == {
        "text": f"{meaning}\n\nTo fix: {RULES[0].remedy}\n\nAbout this rule: {page}",
        "markdown": f"A triple lacks one of its three Codespaces secrets. {meaning}\n\n"
        f"**To fix:** {RULES[0].remedy}\n\n[About this rule]({page})",
    }


def problems_matched(log: str) -> list[dict[str, str]]:
    """What GitHub's runner makes of a log with our problem matcher: consecutive lines match consecutive patterns.

    Source: https://github.com/actions/toolkit/blob/main/docs/problem-matchers.md
    """
    (matcher,) = json.loads(Path("docs/problem-matcher.json").read_text())["problemMatcher"]
    patterns = [{**pattern, "regexp": re.compile(pattern["regexp"])} for pattern in matcher["pattern"]]
    lines = log.splitlines()
    found = []
    for start in range(len(lines) - len(patterns) + 1):
        matches = [
            pattern["regexp"].search(line) for pattern, line in zip(patterns, lines[start:], strict=False)
        ]
        if all(matches):
            found.append(
                {
                    name: match[group]
                    for pattern, match in zip(patterns, matches, strict=True)
                    if match is not None
                    for name, group in pattern.items()
                    if name != "regexp"
                }
            )
    return found


def test_the_problem_matcher_finds_each_finding_of_a_log_with_its_place() -> None:
    report = Report.of(demo())
    found = problems_matched(render(report, Format.TEXT, NOTHING))
    assert [
        (each["severity"], each["code"], each["file"], each["line"], each["column"]) for each in found
    ] == [
        (finding.severity, finding.rule, finding.location.path, str(finding.location.line), "12")
        for finding in report.findings
        if finding.location is not None
    ]
    assert len(found) == 3
    assert found[0]["message"].startswith(
        "The Codespaces secret ECR_CONTAINER_REGISTRY_PASSWORD is missing. "
    )


def test_sarif_fingerprints_are_unique_and_survive_a_moved_line() -> None:
    def fingerprints(found: Facts) -> list[str]:
        (run,) = json.loads(render(Report.of(found), Format.SARIF, NOTHING))["runs"]
        return [result["partialFingerprints"]["crregFinding/v2"] for result in run["results"]]

    def moved(found: Facts) -> Facts:
        images = tuple(
            replace(image, location=replace(image.location, line=image.location.line + 5, end_line=99))
            for image in found.images
        )
        return replace(found, images=images)

    before = fingerprints(demo())
    assert len(set(before)) == len(before) == 3
    assert fingerprints(moved(demo())) == before


def test_annotations_stand_on_the_line_that_names_the_image() -> None:
    first = render(Report.of(demo()), Format.GITHUB, NOTHING).splitlines()[0]
    assert first == (
        "::error file=.devcontainer/devcontainer.json,line=7,endLine=7,col=12,endColumn=40,"
        "title=missing-secret%3A ECR::The Codespaces secret ECR_CONTAINER_REGISTRY_PASSWORD is missing. Without "
        "all three, codespaces can't log in. Needed by "
        "`123456789012.dkr.ecr.eu-west-1.amazonaws.com/dev/tools:2026.06`.%0A%0A"
        "Paste this, and enter the value when prompted:%0A"
        "  gh secret set ECR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app%0A"
        "Or click New secret here: https://github.com/org/app/settings/secrets/codespaces%0A"
        "About this rule: https://org.github.io/crreg-action/v0/rules/#missing-secret"
    )


def test_annotations_beyond_what_github_shows_are_one_notice() -> None:
    many = facts(*(image(f"r{number}.example/a:1", line=number + 1, pull="denied") for number in range(12)))
    lines = render(Report.of(many), Format.GITHUB, NOTHING).splitlines()
    assert [line.split()[0] for line in lines] == ["::error"] * 10 + ["::notice"]
    assert lines[-1] == (
        "::notice title=crreg::2 more in the job summary. "
        "Unhealthy (12 errors): 12 of 12 images would keep a codespace from starting."
    )


def test_a_link_is_one_to_click_in_the_summary_and_on_a_line_of_its_own_in_a_terminal() -> None:
    url = "https://github.com/settings/tokens/new?scopes=read:packages&description=codespaces"
    odd = "https://github.com/a>/<b"
    finding = RULES[0].finding("It is missing.", steps(Link("Create a token", url), Link("Or ask", odd)))
    report = replace(Report.of(facts()), findings=(finding,))
    summary = render(report, Format.MARKDOWN, NOTHING)
    assert f"Create a token: <{url}>" in summary
    assert "<https://github.com/a" not in summary
    lines = render(report, Format.TEXT, NOTHING, width=40).splitlines()
    assert f"      {url}" in lines
    assert f"  About this rule: {finding.documentation}" in lines


def test_a_healthy_report_has_no_annotations() -> None:
    assert render(Report.of(HEALTHY), Format.GITHUB, NOTHING) == ""


def test_markdown_has_verdict_tables_and_remedies() -> None:
    summary = render(Report.of(demo()), Format.MARKDOWN, NOTHING)
    assert summary.splitlines()[2].startswith("❌ **Unhealthy \\(3 errors\\)")
    assert (
        "| `SHARED` | `shared.acme.example:5000` | ❌ org, not assigned | ❌ org, not assigned | "
        "❌ org, not assigned | ✅ succeeded |" in summary.splitlines()
    )
    assert (
        "```\ngh secret set ECR_CONTAINER_REGISTRY_PASSWORD --app codespaces --repo org/app\n```" in summary
    )
    assert "<https://github.com/org/app/settings/secrets/codespaces>" in summary


def test_a_very_large_report_fits_a_job_summary() -> None:
    many = facts(
        *(image(f"r{number}.example/{'a' * 200}:1", line=number + 1, pull="denied") for number in range(2000))
    )
    assert len(render(Report.of(many), Format.MARKDOWN, NOTHING).encode()) < 1024 * 1024


def test_nothing_is_called_tested_where_no_login_was() -> None:
    without = facts(triple(at_hand="", login=login("skipped")), credentials_given=False)
    told = "each login was tested with the value"
    assert told not in render(Report.of(without), Format.TEXT, NOTHING)
    assert told in render(Report.of(facts(triple(login=login("succeeded")))), Format.TEXT, NOTHING)


def test_the_lists_for_a_person() -> None:
    assert [
        line.split()
        for line in images_text(
            NamedImages((), (image("debian:13"),), ()), color=False, width=100
        ).splitlines()
    ] == [
        ["Image", "Named", "at", "As"],
        ["docker.io/library/debian:13", ".devcontainer/devcontainer.json:3:12", "image"],
        [],
    ]
    assert images_text(NamedImages((), (), ()), color=False, width=100) == (
        "No dev container configuration was found: codespaces use GitHub's default image.\n"
    )
    assert images_text(NamedImages((), (), (), is_elsewhere=True), color=False, width=100) == (
        "No dev container configuration was found: the folder is not the top folder of a checkout.\n"
    )


def test_the_json_of_logins_has_the_form_of_every_triple() -> None:
    [triple_of_login, _] = logins_document(LOGINS)["triples"]
    assert triple_of_login == triple_json(triple(stored={}, login=LOGINS.triples[0].login))


def test_a_failed_login_says_why_in_a_line_of_its_own() -> None:
    assert logins_text(LOGINS, color=False) == (
        "ACR  acme.azurecr.io  ✓ succeeded\n"
        "  It took the password.\n"
        "HUB  docker.io        ✗ denied\n"
        "  It says \\x1b[31mno.\n"
        "HUB_CONTAINER_REGISTRY_PASS looks like HUB_CONTAINER_REGISTRY_PASSWORD: is it misnamed?\n"
        "\n"
        "1 of 2 logins succeeded.\n"
    )


def test_every_rule_is_listed() -> None:
    assert [rule["id"] for rule in rules_document(RULES)["rules"]] == [rule.id for rule in RULES]
    assert rules_text(RULES).startswith(
        "missing-secret (error)\n  A triple lacks one of its three Codespaces secrets.\n"
    )


@pytest.mark.parametrize("form", OF_A_LIST)
def test_every_list_has_the_formats_of_a_list(form: Format) -> None:
    outputs = (
        render_images(NamedImages((), demo().images, ()), form, NOTHING),
        render_logins(LOGINS, form, NOTHING),
        render_rules(RULES, form, rules_text),
    )
    assert {output.startswith("{\n") for output in outputs} == {form is Format.JSON}
    assert all(output.endswith("\n") for output in outputs)


def test_a_holding_that_is_not_assigned_is_told_in_json() -> None:
    unassigned = held(Level.ORGANIZATION, visibility="selected", assigned=False)
    document = triple_json(triple(stored={"PASSWORD": unassigned}))
    holding = document["parts"][Part.PASSWORD]
    assert holding is not None
    assert holding["assigned"] is False


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["succeeded"], Status.HEALTHY),
        (["succeeded", "unreachable"], Status.UNKNOWN),
        (["rate-limited", "server-error"], Status.UNKNOWN),
        (["denied", "unreachable"], Status.UNHEALTHY),
        (["succeeded", "skipped"], Status.UNHEALTHY),
        (["insecure"], Status.UNHEALTHY),
    ],
)
def test_logins_are_unknown_where_a_registry_did_not_answer(outcomes: list[str], status: Status) -> None:
    logins = (LoginResult(LoginOutcome(outcome), "") for outcome in outcomes)
    triples = (TriedLogin(f"T{number}", None, each) for number, each in enumerate(logins))
    assert status_of_logins(TriedLogins(tuple(triples))) is status


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ("succeeded", Status.UNKNOWN),
        ("rate-limited", Status.UNKNOWN),
        ("skipped", Status.UNHEALTHY),
        ("denied", Status.UNHEALTHY),
    ],
)
def test_a_login_that_the_registry_never_asked_for_is_unknown(other: str, status: Status) -> None:
    untested = replace(login("skipped", "It asked for no password"), requests=1)
    triples = (TriedLogin("OPEN", None, untested), TriedLogin("OTHER", None, login(other)))
    assert status_of_logins(TriedLogins(triples)) is status
