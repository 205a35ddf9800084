"""A repository, the secrets of its codespaces, and the world that they are good for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.command import Ended, crreg
from sandbox.github.control import GitHubSandbox
from sandbox.world import World

REPOSITORY = "acme/app"


@dataclass
class Scene:
    """What a check is run on."""

    world: World
    github: GitHubSandbox
    folder: Path
    values: dict[str, str] = field(default_factory=dict)
    """The environment's triples."""
    token: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    """Further variables of the run; they win."""

    def write(self, path: str, text: str) -> None:
        """Put a file into the repository."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def need(self, *images: str) -> None:
        """Let the dev container need those images, one a line, from line 2 on."""
        lines = "".join(f"  s{number}: {{image: '{image}'}}\n" for number, image in enumerate(images))
        self.write(".devcontainer/devcontainer.json", '{"dockerComposeFile": "c.yml", "service": "s0"}')
        self.write(".devcontainer/c.yml", f"services:\n{lines}")

    def store(self, triple: Mapping[str, str]) -> None:
        """Put a triple into the repository's Codespaces secrets and into the environment."""
        for name, value in triple.items():
            self.github.add_secret("repository", REPOSITORY, name, value)
        self.values |= triple

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the run."""
        asked = {"GITHUB_API_URL": self.github.url, "GITHUB_REPOSITORY": REPOSITORY}
        return {
            **self.world.environment(),
            **asked,
            **self.values,
            "GITHUB_TOKEN": self.token,
            **self.variables,
        }

    def check(self, *arguments: str, **environment: str) -> Ended:
        """Run `crreg check --format json`."""
        return crreg(
            "check",
            "--format",
            "json",
            *arguments,
            environment={**self.environment, **environment},
            folder=self.folder,
        )
