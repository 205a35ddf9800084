"""Runs the project's examples in a repository of their own, with the action of a release candidate."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from live.assumptions import ROOT
from live.scenario_packages import package_name, publish
from live.scenario_workflow import completed
from live.stage import PartEndedError, Stage, number, sealed

FOLDER = ROOT / "examples"
_TOKEN_NAME = "CODESPACES_ADMIN_TOKEN"  # noqa: S105 - the name of a secret
_PREFIX = "ACR_CONTAINER_REGISTRY"
"""The beginning of the names that the examples have for a triple."""
_ACTION = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+@[A-Za-z0-9._-]+")
_USED = re.compile(r"org/crreg-action((?:/[\w./-]+)?)@v1")
_TRIGGERS = re.compile(r"^on:\n(?:(?: .*)?\n)+?(?=\S)", re.MULTILINE)
_RUNNER = "runs-on: ubuntu-latest"
OTHERS: Mapping[str, str] = {
    "ecr-rotation.yml": "an AWS role",
    "mirror-to-ghcr.yml": "a second registry",
    "organization.yml": "an organization whose repositories may be read",
    "organization-ensure.yml": "an organization whose secrets may be written",
    "organization-page.yml": "an organization whose repositories may be read, and a site",
    "organizations.yml": "several organizations whose repositories may be read",
}
"""The examples that do not run, and what they need."""


@dataclass(frozen=True, slots=True)
class Example:
    """One run of an example."""

    file: str
    runner: str = "ubuntu-24.04"

    @property
    def name(self) -> str:
        """What a report calls it, and its file in the repository."""
        return f"{self.runner}-{self.file}"


EXAMPLES = (
    Example("pull-request.yml"),
    Example("pull-request.yml", "ubuntu-24.04-arm"),
    Example("schedule.yml"),
    Example("ensure.yml"),
)
"""What runs: the examples that one triple is enough for, which is for ghcr.io here."""


def run_examples(stage: Stage, action: str) -> dict[str, str]:
    """Run each example with `action`, OWNER/NAME@REFERENCE; return GitHub's conclusions by name.

    Raises:
        PartEndedError: the repository could not be made.
        ValueError: `action` has another form.
    """
    if not _ACTION.fullmatch(action):
        raise ValueError(f"{action!r} is not an action: write OWNER/NAME@COMMIT.")
    repository = _repository(stage)
    for example in EXAMPLES:
        text = (FOLDER / example.file).read_text(encoding="utf-8")
        _put(stage, repository, f".github/workflows/{example.name}", rewritten(text, action, example.runner))
    return {example.name: _conclusion(stage, repository, example) for example in EXAMPLES}


def example_names(run: str) -> list[str]:
    """Say what a run creates, for the question before it."""
    return [
        f"the private repository crreg-live-{run}-examples, in which each example runs once",
        "in it, as secrets: this token, which the examples need, under the names that they have for it",
        f"the private package {package_name(run)}",
    ]


def rewritten(text: str, action: str, runner: str) -> str:
    """The example as it is, but with another action and runner, and started by hand."""
    name, _, reference = action.partition("@")
    started, count = _TRIGGERS.subn("on:\n  workflow_dispatch:\n\n", text)
    if count != 1:
        raise ValueError("The example does not say once when it starts.")
    used = _USED.sub(lambda found: f"{name}{found[1]}@{reference}", started)
    return used.replace(_RUNNER, f"runs-on: {runner}")


def _repository(stage: Stage) -> str:
    owner, name = stage.owner, f"crreg-live-{stage.run}-examples"
    full_name = f"{owner.login}/{name}"
    parent = f"/orgs/{owner.login}/repos" if owner.is_organization else "/user/repos"
    absent = stage.api("examples-absent", "GET", f"/repos/{full_name}")
    body = {"name": name, "private": True, "auto_init": True}
    created = stage.create(
        stage.thing("repository", name),
        absent,
        lambda: stage.api("examples-create", "POST", parent, body),
    )
    number(created, "id")
    publish(stage, full_name)
    image = f"ghcr.io/{owner.login.lower()}/{package_name(stage.run)}:1"
    _put(stage, full_name, ".devcontainer/devcontainer.json", f'{{"image": "{image}"}}\n')
    values = {f"{_PREFIX}_SERVER": "ghcr.io", f"{_PREFIX}_USER": stage.person}
    for name, value in values.items():
        variable = {"name": name, "value": value}
        stage.api("examples-variable", "POST", f"/repos/{full_name}/actions/variables", variable)
    secret = f"{_PREFIX}_PASSWORD"
    _store(stage, f"/repos/{full_name}/actions/secrets", {_TOKEN_NAME: stage.token, secret: stage.token})
    _store(stage, f"/repos/{full_name}/codespaces/secrets", {**values, secret: stage.token})
    return full_name


def _store(stage: Stage, base: str, values: Mapping[str, str]) -> None:
    key = stage.api("examples-key", "GET", f"{base}/public-key")
    for name, value in values.items():
        stage.api("examples-secret", "PUT", f"{base}/{name}", sealed(key, value))


def _put(stage: Stage, repository: str, path: str, text: str) -> None:
    content = base64.b64encode(text.encode()).decode()
    body = {"message": f"Add {Path(path).name}", "content": content}
    stage.api("examples-file", "PUT", f"/repos/{repository}/contents/{quote(path, safe='')}", body)


def _conclusion(stage: Stage, repository: str, example: Example) -> str:
    path = f"/repos/{repository}/actions/workflows/{example.name}"
    stage.api("examples-start", "POST", f"{path}/dispatches", {"ref": "main"}, patient=True)
    try:
        run = completed(stage, f"{path}/runs")
    except PartEndedError:
        return "unknown"
    document = stage.api("examples-run", "GET", f"/repos/{repository}/actions/runs/{run}").document
    conclusion = document.get("conclusion") if isinstance(document, dict) else None
    return conclusion if isinstance(conclusion, str) else "unknown"
