"""A repository, its stores of secrets at all levels, and what the person at hand has to put into them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sandbox.command import Ended, crreg
from sandbox.github.control import GitHubSandbox, Level, StoredSecret
from sandbox.world import World

REPOSITORY = "acme/app"
OWNERS: Mapping[Level, str] = {"repository": REPOSITORY, "organization": "acme", "user": "mona"}
PARTS = ("SERVER", "USER", "PASSWORD")
AZURE = "acme.azurecr.io"


def hours_ago(hours: float) -> datetime:
    """A moment that long ago, to the second, as GitHub has it."""
    return (datetime.now(UTC) - timedelta(hours=hours)).replace(microsecond=0)


def names(identifier: str) -> list[str]:
    """The names of a triple's secrets, in the order in which they are written."""
    return [f"{identifier}_CONTAINER_REGISTRY_{part}" for part in PARTS]


@dataclass
class Scene:
    """What ensure is run on."""

    world: World
    github: GitHubSandbox
    folder: Path
    token: str
    values: dict[str, str] = field(default_factory=dict)
    """The environment's triples."""
    variables: dict[str, str] = field(default_factory=dict)
    """Further variables of the run; they win."""

    def configure(self, text: str) -> None:
        """Write the configuration."""
        path = self.folder / ".github" / "crreg.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def need(self, image: str) -> None:
        """Let the dev container be that image."""
        path = self.folder / ".devcontainer" / "devcontainer.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'{{"image": "{image}"}}')

    def azure(self, identifier: str = "ACR") -> dict[str, str]:
        """A triple that logs in."""
        return self.world.places[AZURE].triple(identifier)

    def ensure(self, *arguments: str, **environment: str) -> Ended:
        """Run `crreg ensure --format json`."""
        return self.run("ensure", "--format", "json", *arguments, **environment)

    def run(self, *arguments: str, **environment: str) -> Ended:
        """Run `crreg`."""
        return crreg(*arguments, environment=self.environment(**environment), folder=self.folder)

    def environment(self, **further: str) -> dict[str, str]:
        """The variables of a run."""
        return {
            **self.world.environment(),
            "GITHUB_API_URL": self.github.url,
            "GITHUB_REPOSITORY": REPOSITORY,
            **self.values,
            "GITHUB_TOKEN": self.token,
            **self.variables,
            **further,
        }

    def stored(self, level: Level, identifier: str = "ACR") -> dict[str, str]:
        """What is stored of a triple at a level, opened."""
        found = {name: self.secret(level, name) for name in names(identifier)}
        return {name: secret.value.decode() for name, secret in found.items() if secret is not None}

    def secret(self, level: Level, name: str) -> StoredSecret | None:
        """A stored secret, opened."""
        return self.github.secret(level, OWNERS[level], name)

    def store(
        self,
        level: Level,
        triple: Mapping[str, str],
        *,
        hours: float = 1,
        readers: tuple[str, ...] = (REPOSITORY,),
    ) -> None:
        """Put a triple into a store, as if it had been there for so many hours."""
        for name, value in triple.items():
            self.github.add_secret(
                level,
                OWNERS[level],
                name,
                value,
                repositories=() if level == "repository" else readers,
                visibility=None if level == "repository" else "selected",
                updated_at=hours_ago(hours),
            )

    def writes(self) -> list[str]:
        """The paths of the PUT requests since the journal was emptied, in order."""
        return [request.path for request in self.github.requests() if request.method == "PUT"]


def changes(ended: Ended) -> list[tuple[str, str, str]]:
    """Action, secret and outcome of each change of a JSON report."""
    return [(change["action"], change["name"], change["outcome"]) for change in ended.document["changes"]]
