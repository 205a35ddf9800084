"""README followed to the letter, from a machine without crreg to a green check: its steps are read, run and counted.

Four things have stand-ins. pip builds crreg from a copy of this checkout instead of the repository's address, a bare
repository is what is pushed to, `gh pr create` starts the workflow with act, and the token that GitHub's page makes is
made by the sandbox, with the permissions in the page's address.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from sandbox.command import surroundings
from sandbox.credentials import credential, leaks_in, register
from sandbox.world import World
from tests.e2e.called import PROJECT, Called
from tests.e2e.image import ROOT
from tests.e2e.scene import (
    IMAGE,
    OWNER,
    OpenRegistry,
    Scene,
    assert_nothing_leaked,
    devcontainer,
    pull_request,
    triple,
)
from tests.e2e.workflow import REPOSITORY, STEP, Consumer, Run, shown_jobs
from tests.integration.paste.terminal import Terminal, open_terminal
from tests.unit.docs.steps import TERMINAL, WORKFLOW, steps_of

pytestmark = [pytest.mark.container, pytest.mark.engine]

README = (ROOT / "README.md").read_text(encoding="utf-8")
FIRST_CHECK = (ROOT / "docs/first-check.md").read_text(encoding="utf-8")
ADDRESS = re.compile(r"https://github\.com/settings/personal-access-tokens/new\?\S+target_name=\S+")
DEV_CONTAINER = ".devcontainer/devcontainer.json"
INSTALLED = "git+https://github.com/org/crreg-action"
OPEN_PULL_REQUEST = " && gh pr create --fill"
TOKEN = "CODESPACES_ADMIN_TOKEN"
WORKFLOW_FILE = ".github/workflows/registry-check.yml"
PERSON = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
PROGRAMS = ("gh", "pipx", "git")


@dataclass
class Person:
    """Someone with a terminal, a repository, and an account that owns the organization."""

    scene: Scene
    folder: Path
    """Where the checkout `app` is."""
    terminal: Terminal
    token: str
    """What GitHub's page made."""
    done: int = 0

    def follow(self, step: str) -> str:
        """Do one step and return what the terminal showed; what is to be clicked shows nothing there."""
        self.done += 1
        if step.startswith("Create a token"):
            return ""
        if step.startswith("crreg init"):
            return self.terminal.converse(step, lambda shown: self.token if TOKEN in shown[-80:] else "y")
        line = step.partition(" # ")[0].replace(INSTALLED, str(self.folder / "source"))
        return self.terminal.paste(line.removesuffix(OPEN_PULL_REQUEST), lambda _: "")

    def enter(self, world: Mapping[str, str]) -> None:
        """Have the sandbox's servers in place of the internet, which pip still needed."""
        for name, value in world.items():
            self.terminal.paste(f"export {name}={shlex.quote(value)}", lambda _: "")

    def repository(self, image: str) -> None:
        """Make the checkout, with a dev container that needs `image`, and what it is pushed to."""
        checkout, bare = self.folder / "app", self.folder / "origin.git"
        for folder, options in ((bare, ["--bare"]), (checkout, ["--initial-branch=main"])):
            folder.mkdir()
            git(folder, "init", "--quiet", *options)
        git(checkout, "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git")
        git(checkout, "remote", "set-url", "--push", "origin", str(bare))
        (checkout / ".devcontainer").mkdir()
        (checkout / DEV_CONTAINER).write_text(devcontainer(image))
        git(checkout, "add", "--all")
        git(checkout, *PERSON, "commit", "--quiet", "--message", "A dev container")

    def pushed(self) -> tuple[Path, Path]:
        """What the pull request is made of, and its workflow: act runs that from a file of its own."""
        clone = self.folder / "pushed"
        git(self.folder, "clone", "--quiet", "--branch=registry-check", "origin.git", str(clone))
        git(clone, "remote", "set-url", "origin", f"https://github.com/{REPOSITORY}.git")
        return clone, (clone / WORKFLOW_FILE).rename(self.folder / "registry-check.yml")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip builds."""
    source = tmp_path_factory.mktemp("readme") / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__"))
    (source / "docs").mkdir()
    shutil.copy(ROOT / "docs/rules.md", source / "docs")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    return source


@pytest.fixture
def person(scene: Scene, source: Path, tmp_path: Path) -> Iterator[Person]:
    """Their machine has git, pipx and a gh that is logged in, and no crreg."""
    home, programs = tmp_path / "home", tmp_path / "programs"
    (home / "gh").mkdir(parents=True)
    programs.mkdir()
    for name in PROGRAMS:
        beside = Path(sys.executable).with_name(name)
        (programs / name).symlink_to(beside if beside.exists() else str(shutil.which(name)))
    (tmp_path / "source").symlink_to(source)
    hosts = f"github.com:\n    oauth_token: {scene.token()}\n    user: {OWNER}\n"
    (home / "gh/hosts.yml").write_text(hosts)
    kept = {name: value for name, value in surroundings().items() if not name.startswith(("GH_", "PIPX_"))}
    someone = {
        f"GIT_{who}_{what}": "ada@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    environment = {
        **kept,
        **someone,
        "HOME": str(home),
        "GH_CONFIG_DIR": str(home / "gh"),
        "PIPX_DEFAULT_BACKEND": "pip",
        "PIPX_HOME": str(home / "pipx"),
        "PIPX_BIN_DIR": str(home / "bin"),
        "PATH": os.pathsep.join([str(home / "bin"), str(programs), "/usr/bin", "/bin"]),
        "COLUMNS": "300",
    }
    with open_terminal("bash", tmp_path, environment) as terminal:
        yield Person(scene, tmp_path, terminal, token_of_the_page(scene))


def test_from_an_empty_machine_to_a_green_check_in_the_terminal_and_in_a_pull_request(
    person: Person, scene: Scene, world: World, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    values = triple("ACR", registry.address, user)
    for name, value in values.items():
        scene.github.add_secret("repository", REPOSITORY, name, value)
    person.repository(f"{registry.address}/{IMAGE}")
    install, enter, check = steps_of(README, TERMINAL)

    person.follow(install)
    person.enter({**world.environment(), "GITHUB_API_URL": world.api_of(scene.github.url), **values})
    shown = person.follow(enter) + person.follow(check)
    in_terminal = person.done
    for step in steps_of(README, WORKFLOW)[in_terminal - 1 :]:
        shown += person.follow(step)
    run = run_job(scene, called, *person.pushed())

    assert "Healthy: 1 of 1 image can be pulled." in shown
    assert leaks_in(shown) == ()
    assert_nothing_leaked(run)

    assert (run.passed, run.exit_code) == (True, 0)
    assert [one.title for one in run.annotations if one.severity == "error"] == []
    assert f"`{registry.address}/{IMAGE}`" in run.summary
    # The check of the terminal is none of the workflow's steps.
    assert (in_terminal, person.done - 1) == (3, len(steps_of(README, WORKFLOW)))
    assert in_terminal <= 4
    assert person.done - 1 <= 8


def test_the_workflow_to_paste_checks_all_but_the_login_without_the_values(
    scene: Scene, called: Called, open_registry: OpenRegistry
) -> None:
    user = credential("puller")
    registry = open_registry(user)
    scene.github.add_secret("repository", REPOSITORY, "ACR_CONTAINER_REGISTRY_USER", user.user)
    scene.github.add_secret("repository", REPOSITORY, TOKEN, token_of_the_page(scene), application="actions")
    folder = scene.folder / "repository"
    (folder / ".devcontainer").mkdir(parents=True)
    (folder / DEV_CONTAINER).write_text(devcontainer(f"{registry.address}/{IMAGE}"))
    [workflow] = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (scene.folder / "pasted.yml").write_text(workflow)

    run = run_job(scene, called, folder, scene.folder / "pasted.yml")

    assert_nothing_leaked(run)
    assert (run.passed, run.exit_code) == (False, 1)
    assert "missing-secret: ACR" in {one.title for one in run.annotations}


def run_job(scene: Scene, called: Called, folder: Path, workflow: Path) -> Run:
    """Run the workflow's job in a pull request, with what the repository stores for Actions."""
    return Consumer(folder, None, {}).run_jobs(
        shown_jobs(job_of(workflow, scene.github.url)),
        "pull_request",
        engine_host=scene.engine.host,
        stored=stored(scene),
        payload=pull_request(REPOSITORY),
        repositories=called.repositories,
    )


def stored(scene: Scene) -> dict[str, str]:
    """The Actions secrets and variables of the repository."""
    found = {
        name: scene.github.workflows.variable("repository", REPOSITORY, name)
        for name in ("ACR_CONTAINER_REGISTRY_SERVER", "ACR_CONTAINER_REGISTRY_USER")
    }
    for name in (TOKEN, "ACR_CONTAINER_REGISTRY_PASSWORD"):
        secret = scene.github.secret("repository", REPOSITORY, name, application="actions")
        found[name] = secret.value.decode() if secret is not None else None
    return {name: value for name, value in found.items() if value is not None}


def job_of(workflow: Path, api_url: str) -> dict[str, Any]:
    """The one job of a workflow, asking the sandbox's GitHub."""
    [found] = yaml.safe_load(workflow.read_text())["jobs"].values()
    [ours] = [step for step in found["steps"] if step["uses"] == f"{PROJECT}@v1"]
    ours |= {"id": STEP, "with": {**ours["with"], "github-api-url": api_url}}
    assert isinstance(found, dict)
    return found


def token_of_the_page(scene: Scene) -> str:
    """The token that the address for organizations makes, for the one repository."""
    [address] = ADDRESS.findall(FIRST_CHECK)
    asked = {name: value for name, [value] in parse_qs(urlsplit(address).query).items()}
    chosen = {name: value for name, value in asked.items() if value in ("read", "write")}
    made = scene.github.add_token(
        "fine-grained",
        owner=OWNER,
        resource_owner=asked["target_name"],
        repositories=[REPOSITORY],
        # GitHub adds the permission to read metadata by itself.
        permissions={"metadata": "read", **chosen},
    )
    return register(made)


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", folder, *arguments], check=True, capture_output=True, text=True
    ).stdout
