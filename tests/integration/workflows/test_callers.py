"""What the reusable workflows ask of callers: the action's inputs and secrets, permissions, and only some files."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.workflows.documents import (
    PROJECT,
    ROOT,
    Document,
    action,
    blocks,
    examples,
    workflows,
    written,
)

from crreg.discovery.discover import discover

CALLED = {
    document.name.rpartition("/")[2].removesuffix(".yml"): document
    for document in workflows()
    if "workflow_call" in document.content["on"]
}
EXPLAINED = ("mode", "issue-token", "report-file", "sarif-file")
"""Inputs of the action that each workflow settles by itself."""
PLANNING = ("enterprise", "runners", "default-runner", "plan", "job", "parts")
REVIEWED = ("dry-run", "level", "force", "without-review")
"""Inputs about writing secrets, for an organization too."""
LEFT_OUT = {
    "registry-health": {
        *(*EXPLAINED, *REVIEWED, "publish"),
        *("organization", "issues-per-repository", "state-file", "dashboard", "public", *PLANNING),
    },
    # Each repository brings its own configuration, and receipts are about one repository.
    "organization-health": {
        *(*EXPLAINED, *REVIEWED, "publish", "repository", "config", "registries"),
        *("receipts", "state-file", "dashboard", *PLANNING),
    },
    "organizations-health": {
        *(*EXPLAINED, *REVIEWED, "publish", "repository", "config", "registries"),
        *("receipts", "state-file", "dashboard", "plan", "job", "parts"),
        # Its own input runner, under the name that all workflows have for it.
        "default-runner",
    },
    "registry-ensure": {
        *(*EXPLAINED, "publish", "issue", "issues-per-repository", "repository", "organization"),
        *("without-review", "state-file", "dashboard", "public", *PLANNING),
    },
    # GHCR takes the workflow's own token, and none of another repository.
    "publish-ghcr": {
        *(*EXPLAINED, "token", "app-id", "app-private-key", "repository"),
        *("level", "force", "without-review", "receipts", "registries", "issue", "issues-per-repository"),
        *("organization", "state-file", "dashboard", "public", *PLANNING),
    },
}
OWN = {
    "registry-health": {"accounts", "files", "sarif", "artifact", "runner"},
    "organization-health": {"accounts", "artifact", "runner"},
    "organizations-health": {"accounts", "artifact", "runner"},
    "registry-ensure": {"accounts", "files", "artifact", "runner"},
    "publish-ghcr": {"accounts", "artifact", "runner"},
}
OUTPUTS = {
    "registry-health": {"status", "errors", "warnings", "missing"},
    "organization-health": {"status", "errors", "warnings"},
    "organizations-health": {"status", "errors", "warnings"},
    "registry-ensure": {"status", "errors", "warnings", "missing"},
    "publish-ghcr": {"status", "errors", "warnings", "images", "image-digest"},
}
"""Those of the action that a caller can use: the report is in the artifact, and only some jobs know of secrets."""
# An expression of the action that means the same as nothing, and what a workflow that only publishes takes for granted.
OTHER_DEFAULTS = {"repository": "", "github-api-url": "", "publish": "true"}
REPOSITORY = {
    ".devcontainer.json": '{"build": {"dockerfile": "docker/images/dev", "context": "."}}\n',
    ".devcontainer/one/devcontainer.json": '{"build": {"dockerfile": "../../build/dev.Dockerfile"}}\n',
    ".devcontainer/two/devcontainer.json": '{"dockerComposeFile": "../../deploy/compose.dev.yml", "service": "app"}\n',
    ".devcontainer/three/devcontainer.json": '{"build": {"dockerfile": "base.txt"}}\n',
    ".devcontainer/three/base.txt": "FROM acme.azurecr.io/three:1\n",
    ".github/crreg.yml": "ignore: [unused-triple]\n",
    ".github/crreg.yaml": "ignore: [unused-triple]\n",
    "build/dev.Dockerfile": "FROM acme.azurecr.io/one:1\n",
    "deploy/.env": "TAG=7\n",
    "deploy/compose.dev.yml": "services:\n  app: {build: ./app}\n  db: {image: 'acme.azurecr.io/db:${TAG}'}\n",
    "deploy/app/Containerfile": "FROM scratch\n",
    "deploy/app/Dockerfile": "FROM acme.azurecr.io/two:1\n",
    "docker/images/dev": "FROM acme.azurecr.io/docker:1\n",
}
OTHERS = {
    "src/app.py": "print()\n",
    "README.md": "#\n",
    "assets/picture.bin": "0" * 9,
    "data/all.json": "{}\n",
}


PAGE = "organization-page"
"""Publishes what another one kept, and does not use the action."""


def call(document: Document) -> dict[str, Any]:
    """What `workflow_call` says."""
    asked: dict[str, Any] = document.content["on"]["workflow_call"]
    return asked


def jobs(document: Document) -> list[dict[str, Any]]:
    """The jobs of a workflow to call, most of which have one."""
    return list(document.content["jobs"].values())


def uses_action(document: Document) -> dict[str, str]:
    """What the steps hand to the action, the same under the same name; each job has one such step."""
    handed: dict[str, str] = {}
    for job in jobs(document):
        [given] = [step["with"] for step in job["steps"] if step["uses"] == f"{PROJECT}@v1"]
        shared = (handed.keys() & given.keys()) - {"mode"}
        assert {key: handed[key] for key in shared} == {key: given[key] for key in shared}
        handed |= given
    return handed


def text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def test_the_workflows_to_call_are_these() -> None:
    assert CALLED.keys() - {PAGE} == LEFT_OUT.keys() == OWN.keys()


@pytest.mark.parametrize("name", LEFT_OUT)
def test_inputs_and_secrets_are_the_actions_own_by_name_and_default(name: str) -> None:
    offered = call(CALLED[name])
    inputs = action().content["inputs"]
    expected = {key: OTHER_DEFAULTS.get(key, text(value.get("default"))) for key, value in inputs.items()}

    assert {*offered["inputs"], *offered["secrets"]} - OWN[name] == inputs.keys() - LEFT_OUT[name]
    assert {
        key: text(value.get("default")) for key, value in offered["inputs"].items() if key not in OWN[name]
    } == {key: expected[key] for key in offered["inputs"].keys() - OWN[name]}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_each_is_handed_to_the_action_under_its_own_name(name: str) -> None:
    offered = call(CALLED[name])
    forwarded = {key: f"${{{{ inputs.{key} }}}}" for key in offered["inputs"].keys() - OWN[name]}
    forwarded |= {key: f"${{{{ secrets.{key} }}}}" for key in offered["secrets"]}
    # What is no secret comes first, so that a caller who keeps all three values in one secret has the last word.
    forwarded["credentials"] = "${{ inputs.accounts }}\n${{ secrets.credentials }}\n"

    handed = uses_action(CALLED[name])

    assert {key: handed[key] for key in forwarded} == forwarded
    assert handed.keys() - forwarded.keys() <= LEFT_OUT[name]


@pytest.mark.parametrize("name", LEFT_OUT)
def test_outputs_are_the_actions_own_and_come_from_its_last_step(name: str) -> None:
    outputs = call(CALLED[name])["outputs"]
    key, job = list(CALLED[name].content["jobs"].items())[-1]
    [step] = [step for step in job["steps"] if step["uses"] == f"{PROJECT}@v1"]

    assert outputs.keys() == OUTPUTS[name] <= action().content["outputs"].keys()
    assert {output: value["value"] for output, value in outputs.items()} == {
        output: f"${{{{ jobs.{key}.outputs.{output} }}}}" for output in outputs
    }
    assert job["outputs"] == {output: f"${{{{ steps.{step['id']}.outputs.{output} }}}}" for output in outputs}


def test_every_job_runs_on_the_runner_that_the_caller_names() -> None:
    given = {
        f"{name} {key}": (job["runs-on"], call(document)["inputs"]["runner"]["default"])
        for name, document in CALLED.items()
        for key, job in document.content["jobs"].items()
    }
    # A plan names the runner of each of its jobs.
    planned = given.pop("organizations-health check")

    assert planned == ("${{ matrix.runner }}", "ubuntu-latest")
    assert set(given.values()) == {("${{ inputs.runner }}", "ubuntu-latest")}
    assert uses_action(CALLED["organizations-health"])["default-runner"] == "${{ inputs.runner }}"


@pytest.mark.parametrize("name", CALLED)
def test_what_the_workflows_have_in_common_has_one_type_and_default(name: str) -> None:
    common = {
        key: value for key, value in call(CALLED["registry-health"])["inputs"].items() if key != "artifact"
    }
    shared = call(CALLED[name])["inputs"].items()

    # Each keeps its report under its own name, and the page is in that of the check.
    assert {key: (value["type"], value["default"]) for key, value in shared if key in common} == {
        key: (common[key]["type"], common[key]["default"]) for key, _ in shared if key in common
    }


@pytest.mark.parametrize("name", CALLED)
def test_no_secret_is_required_and_each_input_output_and_secret_says_what_it_is(name: str) -> None:
    offered = call(CALLED[name])
    secrets = offered.get("secrets", {})
    described = {**offered["inputs"], **secrets, **offered["outputs"]}

    assert [secret["required"] for secret in secrets.values()] == [False] * len(secrets)
    assert [key for key, value in described.items() if len(value["description"]) < 20] == []


@pytest.mark.parametrize("name", CALLED)
def test_no_run_goes_on_for_ever(name: str) -> None:
    assert all(0 < job["timeout-minutes"] <= 60 for job in jobs(CALLED[name]))


@pytest.mark.parametrize(
    "document", [*workflows(), *examples(), *blocks(), *written()], ids=lambda each: each.name
)
def test_only_passwords_are_secrets(document: Document) -> None:
    assert re.findall(r"secrets\.\w+_CONTAINER_REGISTRY_(?!PASSWORD)\w+", document.text) == []


def test_every_caller_grants_what_the_called_workflow_names() -> None:
    short = {}
    for document in [*examples(), *blocks()]:
        for key, found in document.content["jobs"].items():
            used = found.get("uses", "").removesuffix("@v1").rpartition("/")[2].removesuffix(".yml")
            if used:
                asked = {item for job in jobs(CALLED[used]) for item in job["permissions"].items()}
                short[f"{document.name} {key}"] = asked - found["permissions"].items()

    assert set(map(len, short.values())) == {0}, short


@pytest.mark.parametrize("name", ["organization-health", "organizations-health"])
def test_the_page_that_is_published_is_the_one_that_the_check_keeps(name: str) -> None:
    [publishing] = jobs(CALLED[PAGE])
    steps = {step["uses"].partition("@")[0]: step["with"] for step in publishing["steps"] if "uses" in step}
    *_, keeping = jobs(CALLED[name])[-1]["steps"]

    kept = steps["actions/download-artifact"]["path"]
    handed = steps["actions/upload-pages-artifact"]
    assert handed["path"] == f"{kept}/{uses_action(CALLED[name])['dashboard']}"
    assert uses_action(CALLED[name])["dashboard"] in keeping["with"]["path"].splitlines()
    assert steps["actions/deploy-pages"]["artifact_name"] == handed["name"]
    assert "${{ github.run_attempt }}" in handed["name"]


def test_no_call_takes_up_the_state_of_another() -> None:
    """The runner restores the newest cache with a key that begins with one of `restore-keys`."""
    calls = [
        (acme, kept)
        for acme in ("acme", "acme-eu", "eu")
        for kept in ("health", "health-acme", "acme-health")
    ]
    kept = {
        (name, *call): {
            cache_key(step["with"][key], *call)
            for step in caching(name)
            for key in step["with"]
            if "key" in key
        }
        for name in ("organization-health", "organizations-health")
        for call in calls
        # The artifact alone names the state of several organizations.
        if name == "organization-health" or call[0] == "acme"
    }

    assert all(len(keys) == 2 for keys in kept.values())
    assert [
        (one, other)
        for one, keys in kept.items()
        for other, others in kept.items()
        if one != other and max(others, key=len).startswith(min(keys, key=len))
    ] == []


def caching(name: str) -> list[dict[str, Any]]:
    """The steps that restore or save a state."""
    steps = [step for job in jobs(CALLED[name]) for step in job["steps"]]
    found = [step for step in steps if step.get("uses", "").startswith("actions/cache/")]
    assert {step["uses"].partition("@")[0] for step in found} == {
        "actions/cache/restore",
        "actions/cache/save",
    }
    return found


def cache_key(text: str, organization: str, artifact: str) -> str:
    """The key that the runner makes of it."""
    given = {"inputs.organization": organization, "inputs.artifact": artifact, "github.run_id": "7"}
    given["github.run_attempt"] = "1"
    return re.sub(r"\$\{\{ ([a-z_.]+) \}\}", lambda found: given[found[1]], text)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ("echo false", 0, ""),
        ("echo true", 1, "Anyone can read this site"),
        ("echo null", 1, "Anyone can read this site"),
        ("exit 1", 1, "GitHub did not say who can read this repository's site"),
    ],
)
def test_nothing_is_published_to_a_site_that_is_not_known_to_be_private(
    answer: str, code: int, said: str, tmp_path: Path
) -> None:
    [publishing] = jobs(CALLED[PAGE])
    first, *others = publishing["steps"]

    ended = with_answer(answer, first["run"], tmp_path)

    assert (ended.returncode, said in ended.stdout, ended.stdout == "") == (code, True, not code)
    assert first["if"] == "${{ !inputs.public }}"
    assert all("if" not in step for step in others)
    asked = (tmp_path / "gh.asked").read_text().split()
    assert asked == ["api", "--hostname", "acme.ghe.com", "repos/acme/health/pages", "--jq", ".public"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("echo required_reviewers", 0),
        ("printf 'wait_timer\\nrequired_reviewers\\n'", 0),
        ("echo branch_policy", 1),
        ("true", 1),
        ("exit 1", 1),
    ],
)
def test_nothing_is_written_behind_an_environment_without_reviewers(
    answer: str, code: int, tmp_path: Path
) -> None:
    [example] = [each for each in examples() if each.name == "examples/organization-ensure.yml"]
    first, *others = example.content["jobs"]["apply"]["steps"]

    ended = with_answer(answer, first["run"], tmp_path)

    assert (ended.returncode, "::error title=Nothing was written::" in ended.stdout) == (code, bool(code))
    assert all("if" not in step for step in [first, *others])
    asked = (tmp_path / "gh.asked").read_text()
    assert f"/environments/{example.content['jobs']['apply']['environment']} " in asked


def with_answer(answer: str, script: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a step's script as GitHub does, with a `gh` that answers so.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
    """
    (folder / "gh").write_text(f'#!/bin/sh\necho "$*" >"$0.asked"\n{answer}\n')
    (folder / "gh").chmod(0o755)
    variables = {"GITHUB_SERVER_URL": "https://acme.ghe.com", "GITHUB_REPOSITORY": "acme/health"}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        env={"PATH": f"{folder}:/usr/bin:/bin", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_only_the_job_that_publishes_may_publish() -> None:
    granted = {
        (document.name, key)
        for document in [*CALLED.values(), *examples()]
        for key, job in document.content["jobs"].items()
        if "pages" in job["permissions"]
    }

    assert granted == {
        (".github/workflows/organization-page.yml", "publish"),
        ("examples/organization-page.yml", "page"),
    }


def test_a_reviewed_plan_is_carried_out_behind_an_environment() -> None:
    [example] = [each for each in examples() if each.name == "examples/organization-ensure.yml"]
    planning, applying = jobs(example)
    [planned], [applied] = (
        [step["with"] for step in job["steps"] if step.get("uses") == f"{PROJECT}@v1"]
        for job in (planning, applying)
    )

    assert (planned["dry-run"], "environment" in planning) == (True, False)
    assert (applied["plan"], applying["environment"]) == (planned["report-file"], "codespaces-secrets")
    both = {"report-file", "dry-run", "plan"}
    assert {key: planned[key] for key in planned.keys() - both} == {
        key: applied[key] for key in applied.keys() - both
    }
    assert set(example.content["on"]) == {"schedule", "workflow_dispatch"}


@pytest.mark.parametrize("name", ["registry-health", "registry-ensure"])
def test_what_is_checked_out_is_all_that_discovery_reads_and_not_much_more(name: str, tmp_path: Path) -> None:
    whole, sparse = tmp_path / "whole", tmp_path / "sparse"
    for path, content in {**REPOSITORY, **OTHERS}.items():
        (whole / path).parent.mkdir(parents=True, exist_ok=True)
        (whole / path).write_text(content)
    [job] = jobs(CALLED[name])
    patterns = job["env"]["DESCRIBING_FILES"]
    patterns = patterns.replace("${{ inputs.config }}", ".github/crreg.yml").replace(
        "${{ inputs.files }}", ""
    )
    git("init", "--quiet", folder=whole)
    git("add", "--all", folder=whole)
    git("commit", "--quiet", "--message", "All", folder=whole)
    git("clone", "--quiet", "--no-checkout", str(whole), str(sparse), folder=tmp_path)
    git("sparse-checkout", "set", "--no-cone", "--stdin", folder=sparse, text=patterns)
    git("checkout", "--quiet", folder=sparse)

    found = discover(sparse)

    assert found == discover(whole)
    assert found == discover(sparse, {"GITHUB_ACTIONS": "true"})
    assert sorted({image.text for image in found.images}) == [
        "acme.azurecr.io/db:7",
        "acme.azurecr.io/docker:1",
        "acme.azurecr.io/one:1",
        "acme.azurecr.io/three:1",
        "acme.azurecr.io/two:1",
    ]
    taken = {str(path.relative_to(sparse)) for path in sparse.rglob("*") if path.is_file()}
    assert {path for path in taken if not path.startswith(".git/")} == REPOSITORY.keys()


def test_both_workflows_check_out_the_same_files() -> None:
    assert jobs(CALLED["registry-health"])[0]["env"] == jobs(CALLED["registry-ensure"])[0]["env"]


def test_the_whole_repository_is_checked_out_to_build_from() -> None:
    [handed] = [
        step["with"]
        for step in jobs(CALLED["publish-ghcr"])[0]["steps"]
        if "actions/checkout@" in step["uses"]
    ]

    assert handed == {"persist-credentials": False}


def git(*arguments: str, folder: Path, text: str = "") -> None:
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(
        ["git", *person, *arguments], cwd=folder, input=text, text=True, check=True, capture_output=True
    )


def test_the_examples_are_those_that_the_documentation_of_each_names() -> None:
    named = [line for path in examples() for line in path.text.splitlines() if "examples/" in line]

    wrong = [line for line in named for word in line.split() if "examples/" in word and not _exists(word)]

    assert wrong == []


def _exists(word: str) -> bool:
    return (ROOT / word.strip("`.,:;()")).is_file()
