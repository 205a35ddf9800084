"""A consumer's repository whose workflow uses the action, run by act on a real engine, and what its page would show."""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.e2e.image import BASE, Action

REPOSITORY = "acme/app"
STEP = "crreg"
"""Identifier of the step that uses the action."""
_LATER = "later"
_READER = "reader"
_KEPT = "kept"
_SCANNED = "scanned"
_ANNOTATIONS = ("error", "warning", "notice")
_EXIT = re.compile(r"exit with `FAILURE`: (\d+)")
_SLOWEST_RUN = 240
# In the runner's order: the percent sign comes last.
_ESCAPES = {"%0D": "\r", "%0A": "\n", "%25": "%"}
_PROPERTY_ESCAPES = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}


@dataclass(frozen=True, slots=True)
class Annotation:
    """A workflow command that GitHub shows on a line of a file, or on the run."""

    severity: str
    title: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one run of the workflow."""

    passed: bool
    """Whether the job is green."""
    exit_code: int
    """Of the action's container."""
    annotations: tuple[Annotation, ...]
    outputs: Mapping[str, str]
    """As a later step of the job sees them, or a later job; empty where act ended with a called workflow's failure."""
    report: str | None
    """The file that the output `report` names, as a later step reads it; None if it names none."""
    artifact: str | None
    """The name under which a called workflow keeps the report; None if it keeps none."""
    sarif: str | None
    """What a called workflow hands to code scanning; None if it does not."""
    summary: str
    masked: frozenset[str]
    """What the action asked the runner to hide."""
    shown: str
    """All that was logged, hidden by nobody; only the requests to hide a value are left out, as the runner does."""


class Consumer:
    """A repository in `folder` whose workflow uses the action; one for `uses: ./` has it in its root."""

    def __init__(self, folder: Path, action: Action | None, files: Mapping[str, str]) -> None:
        self._folder = folder
        if action is not None:
            action.copy_to(folder)
        for name, text in files.items():
            self._write(name, text)

    def run(
        self,
        event: str,
        *,
        engine_host: str,
        inputs: Mapping[str, str],
        env: Mapping[str, str],
        stored: Mapping[str, str],
        payload: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run the action on `event`; `stored` are the Actions secrets that `inputs` and `env` refer to."""
        jobs = {"check": _job(inputs, env)}
        return self.run_jobs(jobs, event, engine_host=engine_host, stored=stored, payload=payload)

    def run_jobs(
        self,
        jobs: Mapping[str, Any],
        event: str,
        *,
        engine_host: str,
        stored: Mapping[str, str],
        payload: Mapping[str, Any] | None = None,
        repositories: Mapping[str, Path] = MappingProxyType({}),
        surroundings: Mapping[str, str] = MappingProxyType({}),
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> Run:
        """Run a workflow of these jobs, with folders in place of the `repositories`, `owner/name@version`.

        `surroundings` are what the runner itself has in its environment, `variables` what its settings do. Of what is
        `stored`, a SERVER or USER is a variable and all else a secret.
        """
        shown = {name: value for name, value in stored.items() if is_variable(name)}
        hidden = {name: value for name, value in stored.items() if not is_variable(name)}
        self._write(".github/workflows/check.yml", json.dumps(_workflow(jobs)))
        self._commit()
        event_file = self._folder.parent / f"{self._folder.name}-event.json"
        event_file.write_text(json.dumps(payload or {}))
        done = subprocess.run(
            [
                *(_act(), event, "--json", "--rm", "--eventpath", str(event_file)),
                *("--platform", f"ubuntu-latest={BASE}", "--pull=false"),
                *("--container-daemon-socket", "-", "--no-cache-server"),
                # act would hide a secret that the action gives away.
                "--insecure-secrets",
                *(word for name in hidden for word in ("--secret", name)),
                *(f"--local-repository={name}={folder}" for name, folder in repositories.items()),
                *(f"--env={name}={value}" for name, value in surroundings.items()),
                *(f"--var={name}={value}" for name, value in {**shown, **variables}.items()),
            ],
            cwd=self._folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self._folder.parent),
                "DOCKER_HOST": engine_host,
                **hidden,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SLOWEST_RUN,
        )
        return _read(done.returncode, done.stdout, done.stderr)

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _commit(self) -> None:
        if not (self._folder / ".git").exists():
            self._git("init", "--quiet", "--initial-branch=main")
            self._git("remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "A workflow")

    def _git(self, *arguments: str) -> None:
        person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *person, *arguments], cwd=self._folder, check=True, capture_output=True)


def is_variable(name: str) -> bool:
    """Whether the value of that name is kept as a variable, and not as a secret."""
    return name.endswith(("_CONTAINER_REGISTRY_SERVER", "_CONTAINER_REGISTRY_USER"))


def _act() -> str:
    beside_python = Path(sys.executable).with_name("act")
    found = str(beside_python) if beside_python.exists() else shutil.which("act")
    assert found is not None, "act is not installed: see the development requirements"
    return found


def _job(inputs: Mapping[str, str], env: Mapping[str, str]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {"uses": "actions/checkout@v5"},
        {"id": STEP, "uses": "./", "with": dict(inputs), "env": dict(env)},
        {
            "id": _LATER,
            "if": "always()",
            "run": "printf '%s\\n' \"$OUTPUTS\"",
            "env": {"OUTPUTS": f"${{{{ toJSON(steps.{STEP}.outputs) }}}}"},
        },
        {
            "id": _READER,
            "if": f"always() && steps.{STEP}.outputs.report",
            "run": 'cat -- "$REPORT"',
            "env": {"REPORT": f"${{{{ steps.{STEP}.outputs.report }}}}"},
        },
    ]
    return {"runs-on": "ubuntu-latest", "steps": steps}


def shown_jobs(job: Mapping[str, Any]) -> dict[str, Any]:
    """A job, and one that shows what a called workflow hands back."""
    if "uses" not in job:
        return {"check": dict(job)}
    outputs = {"OUTPUTS": "${{ toJSON(needs.check.outputs) }}"}
    later = {"id": _LATER, "run": "printf '%s\\n' \"$OUTPUTS\"", "env": outputs}
    return {
        "check": dict(job),
        "later": {"needs": "check", "if": "always()", "runs-on": "ubuntu-latest", "steps": [later]},
    }


def _workflow(jobs: Mapping[str, Any]) -> dict[str, Any]:
    return {
        # act names its containers after the workflow, and several of them may run at once.
        "name": f"check-{secrets.token_hex(6)}",
        "on": ["push", "pull_request"],
        "permissions": {"contents": "read"},
        "jobs": dict(jobs),
    }


def _read(exit_code: int, log: str, errors: str) -> Run:
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    ours = [entry for entry in entries if entry.get("stepID") == [STEP]]
    commands = [entry for entry in ours if "command" in entry]
    visible = [entry for entry in entries if entry.get("command") != "add-mask"]
    shown = "\n".join([*(text for entry in visible for text in _texts(entry)), errors])
    ended = _ended(ours)
    assert ended is not None, f"the action's container did not run:\n{shown}"
    return Run(
        passed=exit_code == 0,
        exit_code=ended,
        annotations=tuple(_annotation(entry) for entry in commands if entry["command"] in _ANNOTATIONS),
        outputs=json.loads(_printed(entries, _LATER) or "{}"),
        report=_printed(entries, _READER) or None,
        artifact=_printed(entries, _KEPT).strip() or None,
        sarif=_printed(entries, _SCANNED) or None,
        summary="".join(entry["content"] for entry in commands if entry["command"] == "summary"),
        masked=frozenset(entry["arg"] for entry in commands if entry["command"] == "add-mask"),
        shown=shown,
    )


def _ended(entries: list[dict[str, Any]]) -> int | None:
    """The container's exit code; None if there was no container."""
    if any(entry.get("stepResult") == "success" for entry in entries):
        return 0
    codes = (_EXIT.fullmatch(entry["msg"]) for entry in entries)
    return next((int(code[1]) for code in codes if code), None)


def _annotation(entry: dict[str, Any]) -> Annotation:
    """Parse the line itself, as GitHub's runner does: act takes the last `::` for the message's beginning.

    Source: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
    """
    head, _, message = entry["raw"].strip().removeprefix("::").partition("::")
    severity, _, properties = head.partition(" ")
    pairs = (pair.partition("=") for pair in properties.split(",") if pair)
    places = {name: _unescaped(value, _PROPERTY_ESCAPES) for name, _, value in pairs}
    return Annotation(
        severity,
        places.get("title", ""),
        _unescaped(message, _ESCAPES),
        places.get("file", ""),
        int(places.get("line", 0)),
        int(places.get("col", 0)),
        int(places.get("endColumn", 0)),
    )


def _unescaped(text: str, escapes: Mapping[str, str]) -> str:
    for escape, character in escapes.items():
        text = text.replace(escape, character)
    return text


def _printed(entries: list[dict[str, Any]], step: str) -> str:
    return "".join(
        entry["msg"]
        for entry in entries
        # A step within an action carries the identifiers of both.
        if entry.get("stepID", [])[-1:] == [step] and entry.get("raw_output")
    )


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
