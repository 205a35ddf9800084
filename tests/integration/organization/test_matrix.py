"""`crreg org plan`, the jobs' checks, and `crreg org merge`: together they find what one run finds."""

import json
from pathlib import Path
from typing import Any

import pytest
from sandbox.command import Ended, Step, action_step, crreg
from tests.integration.organization.scene import AZURE, Organization, dev_container, good, status, wrong

from crreg.organization.state import State


@pytest.fixture
def acme(acme: Organization) -> Organization:
    for number in range(5):
        acme.add(f"app-{number}", dev_container(f"{AZURE}/dev/base:1"))
    acme.add("docs", {"README.md": "no dev container"})
    return acme


def command(acme: Organization, *arguments: str) -> Ended:
    environment = {
        **acme.world.environment(),
        "GITHUB_API_URL": acme.github.url,
        "GITHUB_TOKEN": acme.token,
    }
    return crreg("org", *arguments, environment=environment, folder=acme.folder)


def plan(acme: Organization, *arguments: str) -> list[dict[str, Any]]:
    ended = command(acme, "plan", *arguments)
    assert ended.code == 0, ended.errors
    (acme.folder / "plan.json").write_text(ended.output)
    jobs: list[dict[str, Any]] = ended.document["include"]
    return jobs


def run(acme: Organization, jobs: list[dict[str, Any]]) -> list[str]:
    """Run each job as a machine of its own; returns their state files."""
    files = []
    for job in jobs:
        file = f"{job['file']}.state"
        ended = acme.run("--job", json.dumps(job), "--state", file)
        assert ended.code == 0, ended.errors
        files.append(file)
    return files


def merge(acme: Organization, *files: str) -> Ended:
    return command(acme, "merge", *files, "--plan", "plan.json", "--state", "all.state", "--format", "json")


def test_the_parts_are_the_report_of_one_run(acme: Organization) -> None:
    acme.store(wrong(acme))
    whole = acme.check().document
    jobs = plan(acme, "--org", "acme", "--size", "3")
    assert [job["part"] for job in jobs] == ["1/2", "2/2"]
    files = run(acme, jobs)
    ended = merge(acme, *files)
    assert ended.code == 1, ended.errors
    # The notes say what is left of GitHub's limits.
    assert {**ended.document, "notes": []} == {**whole, "notes": []}
    with State.open(acme.folder / "all.state") as state:
        assert state.report("acme") == ended.document
        assert len(state.remembered()) == 5
    acme.github.limits.counts()
    acme.github.forget()
    acme.check("--state", "all.state")
    assert acme.github.limits.counts().queries == 1, "the merged state remembers all files"


def test_a_missing_and_a_damaged_part_are_named_and_the_rest_is_reported(acme: Organization) -> None:
    acme.store(good(acme))
    files = run(acme, plan(acme, "--org", "acme", "--size", "2"))
    (acme.folder / files[1]).write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    ended = merge(acme, *files[:2])
    assert ended.code == 3
    assert ended.document["status"] == "unknown"
    assert ended.document["unchecked"] == [
        "the part acme 2/3 on ubuntu-latest is missing: its file is damaged",
        "the part acme 3/3 on ubuntu-latest is missing: its job left none",
    ]
    assert 0 < len(ended.document["repositories"]) < 5
    assert f"The part {files[1]} can't be used" in ended.errors
    with State.open(acme.folder / "all.state") as state:
        assert state.report("acme") is None, "a report with a hole is no history"


def test_the_part_of_an_earlier_run_is_gone_when_a_job_starts(acme: Organization) -> None:
    jobs = plan(acme, "--org", "acme")
    [file] = run(acme, jobs)
    with acme.github.limits.held(), acme.started("--job", json.dumps(jobs[0]), "--state", file):
        acme.github.limits.wait_until_held()
    ended = merge(acme, file)
    assert ended.document["unchecked"] == [
        "the part acme 1/1 on ubuntu-latest is missing: its job did not finish"
    ]


def test_parts_of_another_plan_are_refused(acme: Organization) -> None:
    files = run(acme, plan(acme, "--org", "acme"))
    plan(acme, "--org", "acme")
    ended = merge(acme, *files)
    assert (ended.code, ended.output) == (2, "")
    assert "belongs to another plan" in ended.errors


def test_an_enterprise_is_planned_with_all_its_organizations(acme: Organization) -> None:
    for name in ("octo", "mona-labs"):
        acme.github.add_organization(name, members={"mona": "admin"}, enterprise="umbrella")
    acme.github.add_repository("octo/app", files=dev_container(f"{AZURE}/dev/base:1"))
    jobs = plan(acme, "--enterprise", "umbrella", "--org", "ACME", "--org", "octo")
    assert [(job["organization"], job["part"], job["share"]) for job in jobs] == [
        ("mona-labs", "1/1", 0.3333),
        ("octo", "1/1", 0.3333),
        ("acme", "1/1", 0.3333),
    ]
    ended = merge(acme, *run(acme, jobs))
    assert {each["organization"]: len(each["repositories"]) for each in ended.document["organizations"]} == {
        "mona-labs": 0,
        "octo": 1,
        "acme": 5,
    }
    with State.open(acme.folder / "all.state") as state:
        assert state.organizations() == ("acme", "mona-labs", "octo")


def test_what_can_not_be_planned_is_said(acme: Organization) -> None:
    ended = command(acme, "plan", "--enterprise", "nobody")
    assert (ended.code, ended.output) == (3, "")
    assert "does not show the enterprise nobody" in ended.errors
    assert command(acme, "plan", "--org", "nobody").code == 3
    assert command(acme, "plan").code == 2
    assert command(acme, "plan", "--org", "a/b").code == 2


def test_a_registry_is_asked_only_from_the_runner_that_reaches_it(acme: Organization) -> None:
    acme.store(good(acme))
    jobs = plan(acme, "--org", "acme", "--runner", f"corp={AZURE}")
    assert [job["elsewhere"] for job in jobs] == [[AZURE], []]
    acme.world.clear()
    files = run(acme, jobs[:1])
    assert [each for each in acme.world.internet.requests if each.host == AZURE] == []
    assert merge(acme, *files).document["status"] == "unknown"
    files += run(acme, jobs[1:])
    ended = merge(acme, *files)
    assert ended.document["status"] == "healthy", ended.document["unchecked"]
    assert ended.document["listed"] == 6
    assert set(status(ended.document).values()) == {"healthy"}
    assert ended.document["findings"] == []


def test_a_job_needs_a_state_and_has_no_filters(acme: Organization, tmp_path: Path) -> None:
    [job] = plan(acme, "--org", "acme")
    text = json.dumps(job)
    assert "--job needs --state" in acme.run("--job", text).errors
    assert "no filters" in acme.run("--job", text, "--state", "x", "--exclude", "y").errors
    assert acme.run("--job", "{", "--state", "x").code == 2
    assert not (tmp_path / "x").exists()


def step(acme: Organization, machine: str, **inputs: str) -> Step:
    """A step of the action on a machine of its own."""
    workspace, files = acme.folder / machine, acme.folder / f"{machine}-files"
    for folder in (workspace, files):
        folder.mkdir(exist_ok=True)
    environment = {
        **acme.world.environment(),
        "GITHUB_REPOSITORY": "acme/.github-private",
        "GITHUB_EVENT_NAME": "schedule",
    }
    return action_step(environment, workspace, files, github_api_url=acme.github.url, **inputs)


def test_the_action_plans_checks_and_merges(acme: Organization) -> None:
    acme.store(wrong(acme))
    whole = acme.check().document
    values = "\n".join(f"{name}={value}" for name, value in acme.values.items())
    runners = {"runners": f"corp={AZURE}", "default_runner": "own"}
    planned = step(acme, "plan", mode="plan", token=acme.token, organization="acme", **runners)
    assert planned.code == 0, planned.log
    matrix = planned.outputs["matrix"]
    assert {job["runner"] for job in json.loads(matrix)["include"]} == {"own", "corp"}
    for job in json.loads(matrix)["include"]:
        checked = step(
            acme, job["file"], token=acme.token, job=json.dumps(job), state_file="s.state", credentials=values
        )
        assert (checked.code, checked.outputs["status"]) in {(0, "unknown"), (0, "unhealthy")}
        part = acme.folder / "merge/parts" / f"organizations-health-part-{job['file']}"
        part.mkdir(parents=True)
        (acme.folder / job["file"] / "s.state").rename(part / "s.state")
    inputs = {"mode": "merge", "plan": matrix, "parts": "parts", "state_file": "all.state"}
    issues = {"issues_per_repository": "true", "token": acme.token}
    merged = step(acme, "merge", **inputs, **issues, report_file="report.json")
    assert "Issues of repositories: 5 opened." in merged.log
    assert (merged.code, merged.outputs["status"], merged.outputs["errors"]) == (1, "unhealthy", "1")
    assert merged.summary.startswith("## Codespaces registry secrets of `acme`")
    document = json.loads((acme.folder / "merge/report.json").read_text())
    # In a workflow, remedies are about its secrets, and not about the terminal's variables.
    assert document["repositories"] == whole["repositories"]
    assert [(each["rule"], each["repositories"]) for each in document["findings"]] == [
        (each["rule"], each["repositories"]) for each in whole["findings"]
    ]

    (part / "s.state").write_bytes(b"damaged")
    broken = step(acme, "merge", **inputs)
    assert broken.outputs["status"] == "unknown"
    assert any("acme 1/1 on corp is missing: its file is damaged" in line for line in broken.log)


ONE_JOB = json.dumps(
    {
        "include": [
            {
                "plan": "0" * 16,
                "organization": "acme",
                "part": "1/1",
                "share": 1,
                "runner": "ubuntu-latest",
                "elsewhere": [],
                "file": "acme-1-of-1-ubuntu-latest",
            }
        ]
    }
)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"mode": "plan", "organization": "acme"}, "needs a token"),
        ({"mode": "merge", "issues_per_repository": "true"}, "needs a token that may write issues"),
        ({"mode": "plan", "token": "ghp_x"}, "no organization to plan for"),
        ({"mode": "plan", "token": "ghp_x", "organization": "a/b"}, "is not the name of"),
        ({"mode": "merge", "plan": "x", "parts": "parts"}, "is not JSON"),
        ({"mode": "merge", "plan": ONE_JOB, "parts": "../x"}, "must be a folder in the workspace"),
        ({"job": "{}", "token": "ghp_x"}, "needs state-file"),
        ({"job": "{", "token": "ghp_x", "state_file": "s"}, "is not JSON"),
    ],
)
def test_a_wrong_input_is_named(acme: Organization, inputs: dict[str, str], said: str) -> None:
    ended = step(acme, "x", **inputs)
    assert ended.code == 2
    assert said in "\n".join(ended.log)
