"""A person who has a report before them, and pastes what it says into a shell."""

import base64
import contextlib
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sandbox import credentials
from sandbox.aws import ECR_HOST
from sandbox.command import CRREG, Ended, surroundings
from sandbox.credentials import Credential, leaks_in
from sandbox.github.control import GitHubSandbox
from sandbox.world import World
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.stand_ins import StandIns
from tests.integration.paste.terminal import Terminal

_NAME = re.compile(r"\b[A-Z0-9_]+_CONTAINER_REGISTRY_(SERVER|USER|PASSWORD)\b|\bGH_TOKEN\b")
_EXPRESSION = re.compile(r"\$\{\{ (secrets|vars)\.(\w+) \}\}")
_PASTED = re.compile(r" {6}(\S.*)")


@dataclass
class Desk:
    """Shell, programs, and what the person knows."""

    scene: Scene
    programs: StandIns
    terminal: Terminal
    knows: dict[str, str] = field(default_factory=dict)
    """The right value of each name; what a program showed a moment ago goes before it."""
    repository: str = REPOSITORY
    followed: set[str] = field(default_factory=set)
    """The rules whose remedies were followed since the last check."""
    healed_rules: set[str] = field(default_factory=set)
    """Those that the check after it did not find any more."""

    @property
    def github(self) -> GitHubSandbox:
        """The GitHub that gh and crreg ask."""
        return self.scene.github

    def again(self) -> dict[str, Any]:
        """Run `crreg check` in the shell; its JSON report."""
        document = json.loads(self._run("json"))
        assert isinstance(document, dict)
        self._note(document)
        return document

    def step(self, env: str) -> dict[str, Any]:
        """Run it as a step of a workflow instead; its JSON report."""
        document = step(self.scene, env).document
        assert isinstance(document, dict)
        self._note(document)
        return document

    def follow(self, finding: Mapping[str, Any]) -> str:
        """Return what a finding gives to read, for a test that does it by hand before the next check."""
        self.followed.add(finding["rule"])
        return prose(finding)

    def _note(self, document: Mapping[str, Any]) -> None:
        found = {finding["rule"] for finding in document["findings"]}
        self.healed_rules |= self.followed - found
        self.followed &= found

    def check(self) -> dict[str, Any]:
        """The same, for a report whose commands are then pasted: the text has the very same ones."""
        document, text = self.again(), self._run("text")
        for finding in document["findings"]:
            assert pasted(finding) == _shown(text, finding["rule"], finding["message"]), finding
            assert f"About this rule: {finding['documentation']}" in text
        return document

    def rules(self) -> list[str]:
        """Run it and return the rules of its findings."""
        return [finding["rule"] for finding in self.again()["findings"]]

    def healed(self) -> None:
        """See that the next check finds nothing at all."""
        after = self.again()
        assert (after["status"], after["findings"]) == ("healthy", [])

    def _run(self, form: str) -> str:
        report = self.scene.folder.parent / f"report.{form}"
        # The exit status is the report's; what counts here is what it says.
        self.terminal.paste(f"crreg check --format {form} >{report} 2>{report}.errors || true", self.answer)
        text = report.read_text()
        assert leaks_in(text) == ()
        assert text, Path(f"{report}.errors").read_text()
        return text

    def paste(self, finding: Mapping[str, Any]) -> list[str]:
        """Run a finding's commands in their order, and return them."""
        commands = [step["value"] for step in finding["steps"] if step["kind"] == "command"]
        assert commands, f"nothing to paste: {finding}"
        for command in commands:
            self.terminal.paste(command, self.answer)
        self.followed.add(finding["rule"])
        return commands

    def answer(self, line: str) -> str:
        """What the person types when this line asks for a value."""
        name = _NAME.search(line)
        assert name is not None, f"nothing says which value is asked for: {line}"
        return self.programs.shown.get(name[1] or "", self.knows.get(name[0], ""))


@contextlib.contextmanager
def ecr_token(world: World) -> Iterator[Credential]:
    """A token as ECR hands it out, which says when it ends; meanwhile the registry admits it alone."""
    ends = int(time.time()) + 12 * 60 * 60
    shape = {
        "payload": credentials.password(),
        "datakey": "d",
        "version": "2",
        "type": "DATA_KEY",
        "expiration": ends,
    }
    text = base64.b64encode(json.dumps(shape).encode()).decode()
    token = Credential("AWS", credentials.register(text, user="AWS"))
    place = world.places[ECR_HOST]
    with place.registry.admitting(token, otherwise=place.owner):
        yield token


def step(scene: Scene, env: str) -> Ended:
    """Run `crreg check` as a step of a workflow whose `env` has these lines, with what Actions then hands it."""
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"}
    for name, expression in yaml.safe_load(env).items():
        found = _EXPRESSION.fullmatch(expression)
        assert found is not None, expression
        variables[name] = _of_actions(scene.github, *found.groups())
    return scene.check(**variables)


def _of_actions(github: GitHubSandbox, context: str, name: str) -> str:
    """A secret or a variable of the repository; what does not exist is empty, as in GitHub's expressions."""
    if context == "vars":
        return github.workflows.variable("repository", REPOSITORY, name) or ""
    secret = github.secret("repository", REPOSITORY, name, application="actions")
    return secret.value.decode() if secret is not None else ""


def pasted(finding: Mapping[str, Any]) -> list[str]:
    """What a finding gives to paste or to open, as the JSON report has it."""
    return [step["value"] for step in finding["steps"] if step["kind"] != "text"]


def snippets(finding: Mapping[str, Any]) -> list[str]:
    """What a finding gives to write into a file."""
    return [step["value"] for step in finding["steps"] if step["kind"] == "snippet"]


def prose(finding: Mapping[str, Any]) -> str:
    """What a finding gives to read."""
    return " ".join(step.get("text", step["value"]) for step in finding["steps"] if step["kind"] != "command")


def _shown(text: str, rule: str, message: str) -> list[str]:
    """The same as the text has it, by its indentation."""
    start = " ".join(message.split()[:4])
    blocks = re.split(r"\n(?=(?:error|warning) [a-z-]+)", f"\n{text}")
    [block] = (
        block
        for block in blocks
        if re.match(rf"(?:error|warning) {rule}\b", block) and start in " ".join(block.split())
    )
    return [match[1] for line in block.splitlines() if (match := _PASTED.fullmatch(line))]


def shell_environment(scene: Scene, programs: Path, home: Path) -> dict[str, str]:
    """The environment of a person's shell: the programs first on PATH, and gh logged in."""
    gh = home / "gh"
    gh.mkdir(parents=True)
    (gh / "hosts.yml").write_text(f"github.com:\n    oauth_token: {scene.token}\n    user: mona\n")
    beside = CRREG.parent
    kept = {name: value for name, value in surroundings().items() if not name.startswith("GH_")}
    return {
        **kept,
        **scene.environment,
        "HOME": str(home),
        "GH_CONFIG_DIR": str(gh),
        "GH_NO_UPDATE_NOTIFIER": "1",
        "PATH": os.pathsep.join([str(programs), str(beside), kept["PATH"]]),
        "COLUMNS": "400",
    }


def one(document: Mapping[str, Any], rule: str, *, beside: Sequence[str] = ()) -> dict[str, Any]:
    """The finding of that rule, which is the only one but for those of the rules `beside`."""
    findings = document["findings"]
    found_rules = sorted(finding["rule"] for finding in findings)
    assert found_rules == sorted([rule, *beside]), (found_rules, document["triples"])
    found: dict[str, Any] = next(finding for finding in findings if finding["rule"] == rule)
    return found
