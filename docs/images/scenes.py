"""What the terminal pictures show, run for real: a check that is red, ensure, a check that is green; and the doctor."""

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from docs.images.terminal import Scene
from sandbox import credentials
from sandbox.codespace import environment as secrets_of
from sandbox.command import CRREG, surroundings
from sandbox.credentials import leaks_in
from sandbox.github.control import GitHubSandbox
from sandbox.recovery_container import Machine, RecoveryFiles
from sandbox.world import World, running_world

TITLE = "acme/app"
RECOVERY_TITLE = "The codespace of acme/app, in its recovery container"
_REPOSITORY = "acme/app"
_HOST = "acme.azurecr.io"
_IMAGE = f"{_HOST}/dev/base:1"
_DEVCONTAINER = f'{{\n  "image": "{_IMAGE}"\n}}\n'
_COLORED = {"FORCE_COLOR": "1", "NO_COLOR": ""}
_REFUSED = f'Error response from daemon: Head "https://{_HOST}/v2/dev/base/manifests/1": unauthorized'
_SHOWN = (
    "Failed to create container.",
    "Error: Command failed",
    "Error code",
    "Creating recovery container.",
)
"""The lines of the log that Codespaces shows above the terminal."""


def recorded() -> list[Scene]:
    """Check a repository that lacks one secret, let ensure store it, and check again."""
    with tempfile.TemporaryDirectory(prefix="crreg-pictures-") as name, running_world(Path(name)) as world:
        github = _github(world)
        values = world.places[_HOST].triple("ACR")
        for part in list(values)[:2]:
            github.add_secret("repository", _REPOSITORY, part, values[part])
        scopes = ("repo", "admin:org", "codespace:secrets")
        token = credentials.register(github.add_token("classic", owner="mona", scopes=scopes))
        environment = {
            **world.environment(),
            **values,
            "GITHUB_API_URL": world.api_of(github.url),
            "GITHUB_REPOSITORY": _REPOSITORY,
            "GITHUB_TOKEN": token,
        }
        folder = _checkout(Path(name) / "app")
        runs = (("check", 1, 7.0), ("ensure", 0, 4.0), ("check", 0, 5.0))
        return [
            Scene(f"crreg {job}", _run([str(CRREG), job], folder, environment, code), seconds)
            for job, code, seconds in runs
        ]


def recovered() -> list[str]:
    """Start the doctor where a codespace could not pull its image: the end of the log, and what the doctor says."""
    with tempfile.TemporaryDirectory(prefix="crreg-pictures-") as name, running_world(Path(name)) as world:
        github = _github(world)
        values = world.places[_HOST].triple("ACR")
        stale = {**values, "ACR_CONTAINER_REGISTRY_PASSWORD": credentials.password()}
        for part, value in stale.items():
            github.add_secret("repository", _REPOSITORY, part, value)
        workspaces = Path(name) / "workspaces"
        _checkout(workspaces / "app")
        files = RecoveryFiles(workspaces / ".codespaces")
        token = github.add_token(
            "codespace",
            owner="mona",
            resource_owner="acme",
            repositories=[_REPOSITORY],
            permissions={"contents": "write", "metadata": "read", "packages": "read"},
        )
        variables = {
            "CODESPACES": "true",
            "CODESPACE_NAME": "literate-space-parakeet",
            "GITHUB_REPOSITORY": _REPOSITORY,
            "GITHUB_TOKEN": credentials.register(token),
            "GITHUB_USER": "mona",
        }
        files.write(secrets_of(github, _REPOSITORY, "mona"), _IMAGE, _REFUSED, variables=variables)
        machine = Machine.like_this_one(Path(name) / "machine")
        command = machine.command(workspaces, "/workspaces/app", str(CRREG), "doctor")
        environment = {**world.environment(), "GITHUB_API_URL": world.api_of(github.url)}
        log = (files.persisted / "creation.log").read_text(encoding="utf-8").splitlines()
        banner = [f"\x1b[2m{line}\x1b[0m" for line in log if any(word in line for word in _SHOWN)]
        said = _run(command, Path(name), environment, 1)
        # The doctor takes this from the machine, which has been up for longer than any codespace of this picture.
        said = re.sub(r"started [^;]+ ago", "started 2 minutes ago", said)
        return [*banner, "", *Scene("crreg doctor", said).lines]


def _github(world: World) -> GitHubSandbox:
    if world.github is None:
        raise SystemExit("The sandbox has no GitHub.")
    world.places[_HOST].push("dev/base", "1")
    world.github.add_user("mona")
    world.github.add_organization("acme", members={"mona": "admin"})
    world.github.add_repository(_REPOSITORY)
    return world.github


def _checkout(folder: Path) -> Path:
    (folder / ".devcontainer").mkdir(parents=True)
    (folder / ".devcontainer" / "devcontainer.json").write_text(_DEVCONTAINER)
    return folder


def _run(command: list[str], folder: Path, environment: Mapping[str, str], code: int) -> str:
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**surroundings(), **environment, **_COLORED},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != code or leaks_in(ended.stdout):
        raise SystemExit(f"{command[-1]} ended with {ended.returncode}:\n{ended.stderr}")
    return ended.stdout
