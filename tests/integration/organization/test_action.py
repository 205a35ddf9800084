"""The action's step with the input `organization`."""

import json
import os

from sandbox import credentials
from sandbox.credentials import Credential
from tests.integration.organization.scene import AZURE, Organization, dev_container


def test_a_step_reports_remembers_and_writes_the_page(acme: Organization) -> None:
    acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    acme.store(acme.world.places[AZURE].triple("ACR"))
    workspace = acme.folder / "workspace"
    step = acme.step(report_file="report.json", state_file="crreg.state", dashboard="page")
    assert (step.code, step.outputs["status"]) == (0, "healthy"), step.log
    report = json.loads((workspace / "report.json").read_text())
    assert [each["status"] for each in report["repositories"]] == ["healthy"]
    assert "Healthy: codespaces of 1 repository" in step.summary
    assert (workspace / "page/index.html").is_file()
    acme.github.forget()
    acme.github.limits.counts()
    again = acme.step(report_file="report.json", state_file="crreg.state", dashboard="page")
    assert again.code == 0, again.log
    assert [each.path for each in acme.github.requests() if "graphql" in each.path] == ["/graphql"]


def test_one_issue_is_about_the_organization_and_closed_when_all_is_well(acme: Organization) -> None:
    acme.github.add_repository("acme/health")
    for name in ("app", "api"):
        acme.add(name, dev_container(f"{AZURE}/dev/base:1"))
    place = acme.world.places[AZURE]
    acme.store(place.triple("ACR", Credential(place.owner.user, credentials.password())))
    token = credentials.register(acme.github.add_token("classic", owner="mona", scopes=["repo"]))
    step = acme.step(issue="true", issue_token=token)
    assert step.code == 1
    assert "Tracking issue: #1, opened" in step.log, step.log
    acme.store(place.triple("ACR"))
    assert "Tracking issue: #1, closed" in acme.step(issue="true", issue_token=token).log


def test_a_step_without_a_token_says_so(acme: Organization) -> None:
    acme.token = ""
    step = acme.step()
    assert step.code == 2
    assert any("needs a token" in line for line in step.log)


def test_a_forks_pull_request_says_why_nothing_was_checked_and_does_not_fail(acme: Organization) -> None:
    acme.token = ""
    head, base = ({"repo": {"full_name": name}} for name in ("mona/health", "acme/health"))
    payload = acme.folder / "event.json"
    payload.write_text(json.dumps({"pull_request": {"head": head, "base": base}}))
    acme.values = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": os.fspath(payload)}
    step = acme.step()
    assert (step.code, step.outputs) == (0, {})
    assert [
        line for line in step.log if line.startswith("::notice title=Nothing was checked::GitHub gives no")
    ]


def test_nothing_is_read_where_anyone_could_read_the_report(acme: Organization) -> None:
    acme.add("app", dev_container(f"{AZURE}/dev/base:1"))
    payload = acme.folder / "event.json"
    payload.write_text(json.dumps({"schedule": "0 5 * * *", "repository": {"private": False}}))
    acme.values = {"GITHUB_EVENT_NAME": "schedule", "GITHUB_EVENT_PATH": os.fspath(payload)}
    for inputs in ({}, {"mode": "plan"}, {"mode": "merge"}, {"mode": "ensure"}):
        step = acme.step(**inputs)
        assert step.code == 2
        assert any("This repository is public, so anyone can read" in line for line in step.log)
        assert (step.outputs, step.summary) == ({}, "")
    assert acme.github.requests() == []
    assert acme.step(mode="plan", public="true").code == 0


def test_a_page_does_not_replace_a_folder_of_others(acme: Organization) -> None:
    acme.add("app", {".devcontainer/devcontainer.json": "{}"})
    folder = acme.folder / "workspace/docs"
    folder.mkdir(parents=True)
    (folder / "notes.md").write_text("mine")
    step = acme.step(dashboard="docs")
    assert step.code == 2
    assert any("Choose a new or empty folder" in line for line in step.log)
    assert (folder / "notes.md").read_text() == "mine"


def test_the_state_is_inside_the_workspace(acme: Organization) -> None:
    step = acme.step(state_file="../state")
    assert step.code == 2
    assert not (acme.folder / "state").exists()


def test_sarif_is_not_for_organizations(acme: Organization) -> None:
    assert acme.step(sarif_file="x.sarif").code == 2
