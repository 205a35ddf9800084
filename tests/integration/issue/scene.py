"""A scheduled workflow that runs the action with `issue: true`, as the container runs it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox import warm
from sandbox.command import surroundings
from sandbox.credentials import leaks_in
from sandbox.github.control import GitHubSandbox
from sandbox.github.raw import RawClient
from sandbox.world import World

REPOSITORY = "acme/app"
AZURE = "acme.azurecr.io"
ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"
ISSUES = f"/repos/{REPOSITORY}/issues"


@dataclass(frozen=True)
class Step:
    """A step that has ended."""

    code: int
    log: str
    """Without the lines that mask."""

    @property
    def told(self) -> str:
        """What became of the issue, as the log says; empty if it says nothing."""
        lines = (line for line in self.log.splitlines() if line.startswith("Tracking issue: "))
        return next(lines, "").removeprefix("Tracking issue: ")

    @property
    def warnings(self) -> list[str]:
        """The annotations that warn of the issue."""
        start = "::warning title=The tracking issue"
        return [line.rpartition("::")[2] for line in self.log.splitlines() if line.startswith(start)]


@dataclass
class Schedule:
    """What the workflow is run on."""

    world: World
    github: GitHubSandbox
    folder: Path
    token: str
    """Reads Codespaces secrets."""
    issue_token: str
    """The workflow's own."""
    runs: int = 1000

    def heal(self) -> None:
        """Let every image be there."""
        place = self.world.places[AZURE]
        place.push("dev/base", "1")
        for name, value in place.triple("ACR").items():
            self.github.add_secret("repository", REPOSITORY, name, value)
        self.need("dev/base:1")

    def need(self, *images: str) -> None:
        """Let the dev container need these images of the registry."""
        folder = self.folder / ".devcontainer"
        folder.mkdir(exist_ok=True)
        lines = "".join(f"  s{number}: {{image: '{AZURE}/{image}'}}\n" for number, image in enumerate(images))
        (folder / "devcontainer.json").write_text('{"dockerComposeFile": "c.yml", "service": "s0"}')
        (folder / "c.yml").write_text(f"services:\n{lines}")

    def run(self, environment: Mapping[str, str] | None = None, **inputs: str) -> Step:
        """Run the step to its end."""
        ended = warm.run([ENTRYPOINT], environment=self._variables(environment or {}, inputs), timeout=60)
        return _step(ended.returncode, ended.stdout + ended.stderr)

    def start(self) -> "subprocess.Popen[str]":
        """Start the step; several may run at the same time."""
        return subprocess.Popen(
            [sys.executable, ENTRYPOINT],
            env=self._variables({}, {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ended(self, step: "subprocess.Popen[str]") -> Step:
        """Wait for a step that was started."""
        output, _ = step.communicate(timeout=60)
        return _step(step.returncode, output)

    def _variables(self, environment: Mapping[str, str], inputs: Mapping[str, str]) -> dict[str, str]:
        """The variables of a step; every one has a run identifier of its own, from 1001 on."""
        self.runs += 1
        return {
            **surroundings(),
            **self.world.environment(),
            **self.world.places[AZURE].triple("ACR"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.world.api_of(self.github.url),
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": str(self.runs),
            "GITHUB_WORKSPACE": os.fspath(self.folder),
            "INPUT_TOKEN": self.token,
            "INPUT_ISSUE": "true",
            "INPUT_ISSUE-TOKEN": self.issue_token,
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
            **environment,
        }

    @property
    def person(self) -> RawClient:
        """Mona, as she reads and writes the repository's issues."""
        return RawClient(self.github.url, self.token)

    def issues(self) -> list[dict[str, Any]]:
        """Every issue, oldest first."""
        found: list[dict[str, Any]] = self.person("GET", f"{ISSUES}?state=all").body
        return found[::-1]

    def comments(self, number: int = 1) -> list[str]:
        """The comments on an issue, oldest first."""
        return [each["body"] for each in self.person("GET", f"{ISSUES}/{number}/comments").body]

    def asked(self) -> list[str]:
        """What a run asks GitHub with the token for the issue."""
        self.github.forget()
        self.run()
        return [f"{seen.method} {seen.path}" for seen in self.github.requests() if seen.token == "workflow"]


def _step(code: int, output: str) -> Step:
    """A step that has ended; whatever it logs holds no secret."""
    log = "\n".join(line for line in output.splitlines() if not line.startswith("::add-mask::"))
    assert leaks_in(log) == ()
    return Step(code, log)
