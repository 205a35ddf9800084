"""The action's step with `mode: ensure` and `organization`: planned, reviewed, carried out, and continued."""

import json
from typing import Any

import pytest
import yaml
from sandbox.command import Step
from sandbox.credentials import leaks_in
from sandbox.github.limits import Rules
from sandbox.runner_masking import MASK
from sandbox.workflow_step import ROOT, Settings, run_step, steps_of
from tests.integration.organization.scene import AZURE, Organization, dev_container, good

NEEDING = dev_container(f"{AZURE}/dev/base:1")
NAMES = [f"ACR_CONTAINER_REGISTRY_{part}" for part in ("PASSWORD", "SERVER", "USER")]
ALLOW_ALL = "registries: {ACR: {allow: ['*']}}"


@pytest.fixture
def acme(acme: Organization) -> Organization:
    """With a checkout beside the step, which has the configuration."""
    folder = acme.folder / "workspace/.github"
    folder.mkdir(parents=True)
    (folder / "crreg.yml").write_text(ALLOW_ALL)
    acme.values |= good(acme)
    return acme


def ensure(acme: Organization, event: str = "workflow_dispatch", **inputs: str) -> Step:
    return acme.step(event, mode="ensure", **inputs)


def report(acme: Organization) -> Any:
    return json.loads((acme.folder / "workspace/plan.json").read_text())


def test_a_plan_is_shown_for_review_and_carried_out_by_its_digest(acme: Organization) -> None:
    app = acme.add("app", NEEDING)
    planned = ensure(acme, report_file="plan.json", dry_run="true")
    assert (planned.code, planned.outputs["left"], acme.readers()) == (0, "3", {}), planned.log
    assert planned.outputs["digest"] == report(acme)["digest"]
    assert f"plan: {planned.outputs['digest']}\n" in planned.summary
    assert "--plan" not in planned.summary, "a step has inputs, no options"
    assert "| `acme/app` | `ACR` |" in planned.summary

    assert (ensure(acme).code, acme.readers()) == (0, {}), "without a review, a step only plans"
    acme.add("late", NEEDING)
    refused = ensure(acme, plan=planned.outputs["digest"])
    assert (refused.code, acme.readers()) == (1, {})
    assert any("::error title=The plan was not carried out::" in line for line in refused.log)
    assert refused.outputs["left"] == "3"

    done = ensure(acme, plan=refused.outputs["digest"])
    assert (done.code, done.outputs["status"], done.outputs["left"]) == (0, "healthy", "0"), done.log
    assert acme.readers() == dict.fromkeys(NAMES, (app, "acme/late"))


def test_whatever_is_planned_is_carried_out_only_with_consent_and_never_in_a_pull_request(
    acme: Organization,
) -> None:
    app = acme.add("app", NEEDING)
    held = ensure(acme, event="pull_request", without_review="true")
    assert (held.code, acme.readers()) == (0, {})
    assert any("This run belongs to a pull request" in line for line in held.log)
    assert ensure(acme, without_review="true").outputs["left"] == "0"
    assert acme.readers() == dict.fromkeys(NAMES, (app,))


def test_what_a_limit_leaves_is_completed_by_the_next_step_with_the_reviewed_plan(acme: Organization) -> None:
    names = [acme.add(f"r{number}", NEEDING) for number in range(3)]
    acme.store(good(acme), acme.add("kept"))
    assert ensure(acme, report_file="plan.json", dry_run="true").outputs["left"] == "9"
    acme.github.limits.enforce(Rules(hour_writes=5))
    cut = ensure(acme, plan="plan.json", report_file="report.json", fail_on="never")
    assert (cut.code, cut.outputs["status"], cut.outputs["left"]) == (3, "unknown", "4"), cut.log
    assert "4 of 9 changes left for another run; 5 assigned" in cut.summary
    assert "The file of the reviewed plan covers what is left of it" in cut.summary.replace("\\", "")
    acme.github.limits.enforce()
    done = ensure(acme, plan="plan.json")
    assert (done.code, done.outputs["left"]) == (0, "0"), done.log
    assert all(set(readers) == {"acme/kept", *names} for readers in acme.readers().values())


@pytest.mark.parametrize(("given", "followed"), [("other_receipts", True), ("false", False)])
def test_the_receipts_are_those_in_the_variable_that_the_step_names(
    given: str, acme: Organization, *, followed: bool
) -> None:
    acme.store(good(acme), acme.add("kept"))
    old = {"name": NAMES[0], "level": "organization", "updated_at": "2025-01-01T00:00:00Z", "source": None}
    text = json.dumps({"version": 1, "receipts": [old]})
    for name in ("CRREG_RECEIPTS", "OTHER_RECEIPTS"):
        acme.github.workflows.add_variable("organization", "acme", name, text)

    assert ensure(acme, without_review="true", force="true", receipts=given).code == 0

    kept = [
        acme.github.workflows.variable("organization", "acme", f"{name}_RECEIPTS") == text
        for name in ("CRREG", "OTHER")
    ]
    assert kept == [True, not followed]


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ("sha256:1", "64 hex digits"),
        ("../plan.json", "can't be read"),
        (".github/crreg.yml", "it is not the JSON report"),
    ],
)
def test_what_is_no_plan_is_refused(acme: Organization, plan: str, said: str) -> None:
    step = ensure(acme, plan=plan)
    assert step.code == 2
    assert any(said in line for line in step.log), step.log


def test_a_configuration_that_allows_nothing_is_refused(acme: Organization) -> None:
    (acme.folder / "workspace/.github/crreg.yml").write_text("registries: {ACR: {server: acme.azurecr.io}}")
    step = ensure(acme)
    assert step.code == 2
    assert any("has allow, so no repository may be given access" in line for line in step.log)


def test_the_example_plans_and_carries_out_its_plan_and_the_runner_hides_nothing_of_either(
    acme: Organization,
) -> None:
    app = acme.add("app", NEEDING)
    values = good(acme)
    settings = Settings(
        {"CODESPACES_ADMIN_TOKEN": acme.token, NAMES[0]: values.pop(NAMES[0])},
        values,
        {"repository": "acme/health", "repository_owner": "acme", "token": "", "api_url": acme.github.url},
    )
    example = yaml.safe_load((ROOT / "examples/organization-ensure.yml").read_text(encoding="utf-8"))
    environment = {**acme.world.environment(), "GITHUB_API_URL": acme.github.url}
    folder = acme.folder / "workspace"

    shown = [
        run_step(step, folder, settings, environment, event="schedule")
        for step in steps_of(example, settings)
    ]

    assert [code for code, _ in shown] == [0, 0], shown
    assert [seen.outputs["left"] for _, seen in shown] == ["3", "0"]
    assert acme.readers() == dict.fromkeys(NAMES, (app,))
    for _, seen in shown:
        assert [text for text in seen.texts if MASK in text] == []
        assert (seen.cut, seen.dropped, leaks_in("\n".join(seen.texts))) == ([], [], ())
