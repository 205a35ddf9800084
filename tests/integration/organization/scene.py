"""An organization whose repositories have dev containers, and the world that its secrets are good for."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import checkout, credentials
from sandbox.command import CRREG, Ended, Step, action_step, crreg, surroundings
from sandbox.credentials import Credential
from sandbox.github.control import GitHubSandbox
from sandbox.github.git_objects import Content, File, Mode
from sandbox.world import World

AZURE = "acme.azurecr.io"
SCOPES = ("repo", "admin:org", "codespace:secrets")


def dev_container(*images: str) -> dict[str, str]:
    """A dev container with one service for each image."""
    lines = "".join(f"  s{number}: {{image: '{image}'}}\n" for number, image in enumerate(images))
    return {
        ".devcontainer/devcontainer.json": '{"dockerComposeFile": "c.yml", "service": "s0"}',
        ".devcontainer/c.yml": f"services:\n{lines}",
    }


@dataclass
class Organization:
    """An organization, whose administrator's token may list everything."""

    world: World
    github: GitHubSandbox
    folder: Path
    token: str
    values: dict[str, str] = field(default_factory=dict)

    def add(
        self, name: str, files: Mapping[str, Content] | None = None, visibility: Any = "private", **more: Any
    ) -> str:
        self.github.add_repository(f"acme/{name}", files=files, visibility=visibility, **more)
        return f"acme/{name}"

    def store(self, triple: Mapping[str, str], *repositories: str) -> None:
        """Put a triple into the organization's secrets, for all repositories or some, and pass its values."""
        for name, value in triple.items():
            chosen: dict[str, Any] = (
                {"repositories": list(repositories)} if repositories else {"visibility": "all"}
            )
            self.github.add_secret("organization", "acme", name, value, **chosen)
        self.values |= triple

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables of a run; `variables` win."""
        return {
            **self.world.environment(),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_TOKEN": self.token,
            **self.values,
            **variables,
        }

    def run(self, *arguments: str, **variables: str) -> Ended:
        return crreg("check", *arguments, environment=self.environment(**variables), folder=self.folder)

    @contextmanager
    def started(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """A check that runs until the end of the block, and is then killed if it still does."""
        with subprocess.Popen(
            [CRREG, "check", *arguments],
            cwd=self.folder,
            env={**surroundings(), **self.environment()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def check(self, *arguments: str, **variables: str) -> Ended:
        return self.run("--org", "acme", "--format", "json", *arguments, **variables)

    def configure(self, text: str) -> None:
        """Write the configuration beside the workflow."""
        place = self.folder / ".github" / "crreg.yml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def ensure(self, *arguments: str, **variables: str) -> Ended:
        given = ("ensure", "--org", "acme", "--path", str(self.folder), "--format", "json", *arguments)
        return crreg(*given, environment=self.environment(**variables), folder=self.folder)

    def readers(self) -> dict[str, tuple[str, ...]]:
        """The repositories that are selected for each of the organization's secrets."""
        stored = self.github.secrets("organization", "acme")
        return {name: secret.repositories for name, secret in sorted(stored.items())}

    def checked_out(self, name: str, files: Mapping[str, Content]) -> dict[str, Any]:
        """The report of a check of one repository's checkout in a workflow."""
        folder = self.folder / name
        folder.mkdir()
        checkout.commit(checkout.write(folder, files))
        for path, file in files.items():
            if isinstance(file, File) and file.mode is Mode.SUBMODULE:
                link = f"{Mode.SUBMODULE:o},{file.data.decode()},{path}"
                checkout.git(folder, "update-index", "--add", "--cacheinfo", link)
        asked = ("--path", str(folder), "--repository", f"acme/{name}", "--format", "json")
        ended = self.run(*asked, GITHUB_ACTIONS="true")
        assert ended.output, ended.errors
        document: dict[str, Any] = ended.document
        return document

    def step(self, event: str = "schedule", **inputs: str) -> Step:
        """Run the action's step with the input `organization`, in a workflow of `acme/health`."""
        environment = {
            **self.world.environment(),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": "acme/health",
            "GITHUB_EVENT_NAME": event,
            **self.values,
        }
        files = self.folder / "runner"
        files.mkdir(exist_ok=True)
        workspace = self.folder / "workspace"
        workspace.mkdir(exist_ok=True)
        return action_step(
            environment,
            workspace,
            files,
            **{"organization": "acme", "repository": "acme/health", "token": self.token, **inputs},
        )


def good(acme: Organization) -> dict[str, str]:
    """A triple that logs in."""
    return acme.world.places[AZURE].triple("ACR")


def wrong(acme: Organization) -> dict[str, str]:
    """The same with a wrong password."""
    user = acme.world.places[AZURE].owner.user
    return acme.world.places[AZURE].triple("ACR", Credential(user, credentials.password()))


def status(document: Mapping[str, Any]) -> dict[str, str]:
    """Each repository's status, by name."""
    return {each["repository"]: each["status"] for each in document["repositories"]}
