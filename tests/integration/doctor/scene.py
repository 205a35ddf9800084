"""A codespace from inside: its environment, its checkout, and the world that it pulls from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import credentials
from sandbox.codespace import environment as secrets_of
from sandbox.command import Ended, crreg
from sandbox.github.control import GitHubSandbox
from sandbox.world import World

REPOSITORY = "acme/app"
PERSON = "hubot"
NAME = "octocat-literate-space-parakeet-mld5"
AZURE = "acme.azurecr.io"


@dataclass
class Scene:
    """Where `crreg doctor` runs."""

    world: World
    github: GitHubSandbox
    folder: Path
    token: str
    """The codespace's own."""
    values: dict[str, str] = field(default_factory=dict)
    """What the codespace got of its secrets when it started."""
    variables: dict[str, str] = field(default_factory=dict)
    """Further variables of the run; they win."""

    def write(self, path: str, text: str) -> None:
        """Put a file into the checkout."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def need(self, image: str) -> None:
        """Let the dev container be that image."""
        self.write(".devcontainer/devcontainer.json", f'{{"image": "{image}"}}')

    def store(self, triple: Mapping[str, str], *, level: str = "repository") -> None:
        """Put secrets into Codespaces, long before the codespace starts."""
        for name, value in triple.items():
            if level == "user":
                self.github.add_secret("user", PERSON, name, value, repositories=[REPOSITORY])
            else:
                self.github.add_secret("repository", REPOSITORY, name, value)

    def start(self) -> None:
        """Start the codespace: it gets the secrets of this moment."""
        self.values = secrets_of(self.github, REPOSITORY, PERSON)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of the run."""
        return {
            **self.world.environment(),
            "CODESPACES": "true",
            "CODESPACE_NAME": NAME,
            "GITHUB_API_URL": self.world.api_of(self.github.url),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_USER": PERSON,
            "GITHUB_TOKEN": self.token,
            **self.values,
            **self.variables,
        }

    def doctor(self, *arguments: str, form: str = "json", **environment: str) -> Ended:
        """Run `crreg doctor`."""
        return crreg(
            "doctor",
            "--format",
            form,
            *arguments,
            environment={**self.environment, **environment},
            folder=self.folder,
        )


def codespace_token(
    github: GitHubSandbox, repository: str = REPOSITORY, *, packages_of: Sequence[str] = ()
) -> str:
    """The GITHUB_TOKEN of a codespace, as GitHub makes it; `packages_of` are what its person authorized."""
    token = github.add_token(
        "codespace",
        owner=PERSON,
        permissions={"packages": "read"},
        resource_owner=repository.partition("/")[0],
        repositories=[repository],
        packages_of=packages_of,
    )
    return credentials.register(token)


def administrators_token(github: GitHubSandbox) -> str:
    """A token that lists the secrets of every level."""
    scopes = ("repo", "admin:org", "codespace:secrets", "read:packages")
    return credentials.register(github.add_token("classic", owner="mona", scopes=scopes))
