"""The project's workflows that others call, as act finds those of a release, and stand-ins for GitHub's actions."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from tests.e2e.image import ROOT, Action

PROJECT = "org/crreg-action"
_VERSION = "1.2.3"
_MAJOR = "v1"
_COMMIT = "c" * 40
_WORKFLOWS = Path(".github/workflows")
_EXAMPLES = ROOT / "examples"
_USED = re.compile(r"uses: (?P<repository>[\w.-]+/[\w.-]+)(?P<path>/\S+)?@(?P<version>[0-9a-f]{40})\b")
# What these send to GitHub can't be received here, so that each shows what it was asked to send.
# Source of the inputs' names: the action.yml of each action.
_KEPT = """\
inputs:
  name: {required: true}
  path: {required: true}
  if-no-files-found: {required: true}
runs:
  using: composite
  steps:
    - {id: reader, shell: bash, run: 'cat -- "$KEPT"', env: {KEPT: "${{ inputs.path }}"}}
    - {id: kept, shell: bash, run: 'echo "$NAME"', env: {NAME: "${{ inputs.name }}"}}
"""
_SCANNED = """\
inputs:
  sarif_file: {required: true}
  category: {required: true}
runs:
  using: composite
  steps:
    - {id: scanned, shell: bash, run: 'cat -- "$SCANNED"', env: {SCANNED: "${{ inputs.sarif_file }}"}}
"""
# act copies the repository that runs the workflow itself, and calls this one for any other.
_CHECKED_OUT = """\
runs:
  using: composite
  steps:
    - {shell: bash, run: "echo no other repository is here; exit 1"}
"""
# What AWS would hand out for the role is the runner's already: act logs what a step adds to the environment.
_ROLE = """\
inputs:
  role-to-assume: {required: true}
  aws-region: {required: true}
runs:
  using: composite
  steps:
    - {shell: bash, run: 'test -n "$AWS_SECRET_ACCESS_KEY"'}
"""
_STAND_INS = {
    "actions/checkout": _CHECKED_OUT,
    "actions/upload-artifact": _KEPT,
    "github/codeql-action/upload-sarif": _SCANNED,
    "aws-actions/configure-aws-credentials": _ROLE,
}


@dataclass(frozen=True, slots=True)
class Called:
    """Folders in place of the repositories that workflows name, for act."""

    repositories: Mapping[str, Path]
    """`owner/name@version` to a folder."""

    @classmethod
    def prepare(cls, action: Action, folder: Path) -> Self:
        """Copy the project's files into `folder` as a release has them, beside the stand-ins."""
        project = folder / "project"
        action.copy_to(project)
        shutil.copytree(ROOT / _WORKFLOWS, project / _WORKFLOWS)
        _release(project, action.image)
        repositories = {f"{PROJECT}@{version}": project for version in (_MAJOR, _COMMIT)}
        for workflow in [*(project / _WORKFLOWS).glob("*.yml"), *_EXAMPLES.glob("*.yml")]:
            for used in _USED.finditer(workflow.read_text()):
                if used["repository"] == PROJECT:
                    continue
                action_name = used["repository"] + (used["path"] or "")
                stand_in = folder / used["repository"]
                repositories[f"{used['repository']}@{used['version']}"] = stand_in
                if action_name in _STAND_INS:
                    metadata = stand_in / (used["path"] or "").lstrip("/") / "action.yml"
                    metadata.parent.mkdir(parents=True, exist_ok=True)
                    metadata.write_text(f"name: {json.dumps(action_name)}\n{_STAND_INS[action_name]}")
        return cls(repositories)


def _release(project: Path, image: str) -> None:
    """Do what release.yml does: the action runs an image, and the workflows use the action of one commit.

    The image is on the engine and in no registry, so that it goes by its tag here, and not by a digest.
    """
    metadata = project / "action.yml"
    built, released = "  image: Dockerfile\n", f"  image: docker://{image}\n"
    assert metadata.read_text().count(built) == 1
    metadata.write_text(metadata.read_text().replace(built, released))
    script = [sys.executable, str(ROOT / ".ci/release.py"), "use", PROJECT, _COMMIT, _VERSION]
    subprocess.run(script, cwd=project, check=True)


def example_job(example: str, inputs: Mapping[str, object], *, step: str) -> dict[str, Any]:
    """The one job of an example, its own words but for these inputs of what it calls or uses.

    The step that uses the action, if the job has steps, gets the identifier `step`.
    """
    jobs = yaml.safe_load((_EXAMPLES / f"{example}.yml").read_text())["jobs"]
    [job] = jobs.values()
    if "uses" in job:
        assert job["uses"].startswith(f"{PROJECT}/{_WORKFLOWS}/")
        return {**job, "with": {**job["with"], **inputs}}
    [ours] = [each for each in job["steps"] if each["uses"] == f"{PROJECT}@{_MAJOR}"]
    ours |= {"id": step, "with": {**ours["with"], **inputs}}
    assert isinstance(job, dict)
    return job
