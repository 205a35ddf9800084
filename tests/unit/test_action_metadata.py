"""action.yml is a public contract: its inputs, defaults and outputs, whole."""

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def metadata() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "action.yml").read_text())
    assert isinstance(loaded, dict)
    return loaded


def test_the_inputs_and_their_defaults_are_those_of_the_contract() -> None:
    inputs = metadata()["inputs"]

    assert {name: value.get("default", "") for name, value in inputs.items()} == {
        "token": "",
        "app-id": "",
        "app-private-key": "",
        "mode": "check",
        "dry-run": "false",
        "level": "",
        "force": "false",
        "receipts": "CRREG_RECEIPTS",
        "publish": "",
        "registries": "",
        "credentials": "",
        "config": ".github/crreg.yml",
        "repository": "${{ github.repository }}",
        "organization": "",
        "enterprise": "",
        "runners": "",
        "default-runner": "ubuntu-latest",
        "plan": "",
        "without-review": "false",
        "public": "false",
        "job": "",
        "parts": "",
        "state-file": "",
        "dashboard": "",
        "fail-on": "error",
        "allow-insecure": "",
        "report-file": "",
        "sarif-file": "",
        "issue": "false",
        "issues-per-repository": "false",
        "issue-token": "${{ github.token }}",
        "github-api-url": "${{ github.api_url }}",
    }


def test_the_marketplace_accepts_what_it_lists() -> None:
    """The release's form says "Description must be less than 125 characters."; no page of GitHub's documents it.

    Source: https://github.com/reecetech/version-increment/pull/2
    """
    listed = metadata()

    assert listed["name"] == "Codespaces container registry check"
    assert 0 < len(listed["description"]) < 125
    assert listed["author"] != ""
    assert listed["branding"] == {"icon": "lock", "color": "blue"}


def test_no_input_is_required_since_a_forks_pull_request_has_no_secrets() -> None:
    assert {value["required"] for value in metadata()["inputs"].values()} == {False}


def test_the_outputs_are_those_of_the_contract() -> None:
    assert list(metadata()["outputs"]) == [
        "status",
        "errors",
        "warnings",
        "missing",
        "report",
        "images",
        "image-digest",
        "digest",
        "left",
        "matrix",
    ]


def test_every_input_and_output_says_what_it_is() -> None:
    described = {**metadata()["inputs"], **metadata()["outputs"]}

    assert [name for name, value in described.items() if len(value["description"]) < 20] == []


def test_the_action_is_a_container_whose_dockerfile_lies_beside_it() -> None:
    runs = metadata()["runs"]

    assert runs == {"using": "docker", "image": "Dockerfile"}
    assert (ROOT / runs["image"]).is_file()
