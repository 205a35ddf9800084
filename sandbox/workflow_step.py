"""The step of a workflow that uses the action, as a job on GitHub runs it, without a container and without act."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sandbox.command import surroundings
from sandbox.runner_masking import Seen, seen

ROOT = Path(__file__).parents[1]
ACTION = "org/crreg-action@v1"
_CALLED = re.compile(r"org/crreg-action/(\.github/workflows/[a-z-]+\.yml)@v1")
_EXPRESSION = re.compile(r"\$\{\{\s*(.+?)\s*\}\}")
_LITERALS = {"true": "true", "false": "false", "null": ""}


@dataclass(frozen=True, slots=True)
class Settings:
    """The secrets and variables of the repository that runs the workflow."""

    secrets: Mapping[str, str]
    variables: Mapping[str, str]
    github: Mapping[str, str]
    """The context `github`, `token` among it."""
    matrix: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """The inputs and variables that the runner passes to the action."""

    inputs: Mapping[str, str]
    environment: Mapping[str, str]

    def variables(self) -> dict[str, str]:
        """Both as the container's environment."""
        return {**{f"INPUT_{name.upper()}": text for name, text in self.inputs.items()}, **self.environment}


def steps_of(workflow: Mapping[str, Any], settings: Settings) -> Iterator[Step]:
    """Yield the steps that use the action, in the jobs of the workflow and in the workflows that these call."""
    # Assumes RUNNER-STEP.
    context = {
        "secrets": settings.secrets,
        "vars": settings.variables,
        "github": settings.github,
        "matrix": settings.matrix,
        # These are inputs of workflow_dispatch, which a schedule does not have.
        "inputs": {},
    }
    for job in workflow["jobs"].values():
        called = _CALLED.fullmatch(job.get("uses", ""))
        if called is None:
            yield from _steps(job, context)
            continue
        file = yaml.safe_load((ROOT / called[1]).read_text(encoding="utf-8"))
        offered = file[True]["workflow_call"]["inputs"]
        defaults = {name: _text(value.get("default")) for name, value in offered.items()}
        inner = {
            **context,
            "inputs": {**defaults, **_evaluated(job.get("with", {}), context)},
            "secrets": _evaluated(job.get("secrets", {}), context),
        }
        for each in file["jobs"].values():
            yield from _steps(each, inner)


def run_step(
    step: Step, folder: Path, settings: Settings, environment: Mapping[str, str], *, event: str, run: int = 1
) -> tuple[int, Seen]:
    """Run the action in the checkout `folder`; returns its exit code and what users see of it."""
    # Assumes RUNNER-STEP.
    written = {name: folder.parent / f"{folder.name}-{name}" for name in ("summary", "output", "event.json")}
    for path in written.values():
        path.write_text("")
    written["event.json"].write_text("{}")
    ended = subprocess.run(
        [sys.executable, ROOT / "entrypoint.py"],
        env={
            **surroundings(),
            **environment,
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": os.fspath(written["event.json"]),
            "GITHUB_REPOSITORY": settings.github["repository"],
            "GITHUB_REPOSITORY_OWNER": settings.github["repository_owner"],
            "GITHUB_RUN_ID": str(run),
            "GITHUB_WORKSPACE": os.fspath(folder),
            "GITHUB_STEP_SUMMARY": os.fspath(written["summary"]),
            "GITHUB_OUTPUT": os.fspath(written["output"]),
            **step.variables(),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    secrets = [*settings.secrets.values(), settings.github["token"]]
    summary, output = (written[name].read_text(encoding="utf-8") for name in ("summary", "output"))
    return ended.returncode, seen(ended.stdout, summary, output, secrets)


def _steps(job: Mapping[str, Any], context: Mapping[str, Mapping[str, str]]) -> Iterator[Step]:
    offered = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    defaults = _evaluated({name: value.get("default") for name, value in offered.items()}, context)
    for step in job.get("steps", []):
        if step.get("uses") == ACTION:
            given = _evaluated(step.get("with", {}), context)
            yield Step({**defaults, **given}, _evaluated(step.get("env", {}), context))


def _evaluated(values: Mapping[str, object], context: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {
        name: _EXPRESSION.sub(lambda found: _value(found[1], context), _text(value))
        for name, value in values.items()
    }


def _value(expression: str, context: Mapping[str, Mapping[str, str]]) -> str:
    """The first operand of `||` that is not empty; fails on an unknown expression, so that no example is skipped."""
    for operand in expression.split("||"):
        term = operand.strip()
        encode = term.startswith("toJSON(")
        term = term.removeprefix("toJSON(").removesuffix(")") if encode else term
        if term in _LITERALS:
            return _LITERALS[term]
        scope, _, name = term.partition(".")
        found = context[scope].get(name, "")
        if encode:
            found = json.dumps(found or None)
        if found:
            return found
    return ""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
