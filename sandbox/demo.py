"""`make demo`: `crreg check` on a repository with four images, of which one is healthy."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sandbox import credentials
from sandbox.aws import ECR_HOST
from sandbox.command import CRREG, surroundings
from sandbox.github.control import GitHubSandbox
from sandbox.process import NotStartedError
from sandbox.world import World, running_world

REPOSITORY = "acme/shop"
DEVCONTAINER = """\
{
  "name": "shop",
  // The services of the shop, as in production
  "dockerComposeFile": "compose.yml",
  "service": "app",
  "workspaceFolder": "/workspace"
}
"""
COMPOSE = f"""\
services:
  app:
    image: acme.azurecr.io/shop/dev:3
    depends_on: [database, queue, search]
  database:
    image: acme/postgres-seeded:16
  queue:
    image: ghcr.io/acme/queue:${{QUEUE_VERSION:-2.1}}
  search:
    image: {ECR_HOST}/search:8
"""


_OWN = f"""
To check a repository of your own, run this in its checkout. It uses the token of gh:
  {CRREG} check"""
_FORGOTTEN = "HUB_CONTAINER_REGISTRY_PASSWORD"
"""A credential in the environment that is not stored as Codespaces secrets."""


def main() -> int:
    """Start the servers, run the check, stop the servers."""
    started = time.monotonic()
    _say("Starting registries, AWS and a GitHub on this machine …")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="crreg-demo-") as folder,
            running_world(Path(folder), checked=False) as world,
        ):
            repository = prepare_repository(Path(folder) / "shop")
            environment = {**world.environment(), **prepare_world(world)}
            _say(f"Ready after {time.monotonic() - started:.1f} s.")
            _show(repository)
            _say(f"$ crreg check --repository {REPOSITORY}")
            before = time.monotonic()
            ended = subprocess.run(
                [CRREG, "check", "--repository", REPOSITORY],
                cwd=repository,
                env={**surroundings(), **environment},
                check=False,
            )
            _say(f"crreg took {time.monotonic() - before:.1f} s and ended with exit code {ended.returncode}.")
            _say(_OWN)
            return 0 if ended.returncode == 1 else 1
    except NotStartedError as error:
        print(f"The demo could not start: {error}", file=sys.stderr)
        return 1


def prepare_repository(folder: Path) -> Path:
    """The checkout that is checked."""
    (folder / ".devcontainer").mkdir(parents=True)
    (folder / ".devcontainer" / "devcontainer.json").write_text(DEVCONTAINER)
    (folder / ".devcontainer" / "compose.yml").write_text(COMPOSE)
    return folder


def prepare_world(world: World) -> dict[str, str]:
    """Push the images and store the secrets; returns the environment for the check."""
    assert world.github is not None
    images = {
        "acme.azurecr.io": ("shop/dev", "3"),
        "docker.io": ("acme/postgres-seeded", "16"),
        "ghcr.io": ("acme/queue", "2.1"),
        ECR_HOST: ("search", "8"),
    }
    for registry, (repository, tag) in images.items():
        world.places[registry].push(repository, tag)
    values = {
        **world.places["acme.azurecr.io"].triple("ACR"),
        **world.places["docker.io"].triple("HUB"),
        **world.places["ghcr.io"].triple("GHCR", _wrong(world.places["ghcr.io"].owner)),
        **world.places[ECR_HOST].triple("ECR", world.aws.puller),
    }
    stored = {name: value for name, value in values.items() if name != _FORGOTTEN}
    _prepare_github(world.github, stored)
    scopes = ("repo", "admin:org", "codespace:secrets")
    token = world.github.add_token("classic", owner="octocat", scopes=scopes)
    return {
        **values,
        "GITHUB_API_URL": world.api_of(world.github.url),
        "GITHUB_TOKEN": credentials.register(token),
    }


def _wrong(credential: credentials.Credential) -> credentials.Credential:
    return credentials.Credential(credential.user, credentials.password())


def _prepare_github(github: GitHubSandbox, values: dict[str, str]) -> None:
    github.add_user("octocat")
    github.add_organization("acme", members={"octocat": "admin"})
    for name in (REPOSITORY, "acme/billing"):
        github.add_repository(name)
    for name, value in values.items():
        if name.startswith("ECR_"):
            github.add_secret("organization", "acme", name, value, repositories=["acme/billing"])
        else:
            github.add_secret("repository", REPOSITORY, name, value)


def _show(repository: Path) -> None:
    print(f"\n{REPOSITORY} has one dev container; its compose.yml names four images:\n")
    for number, line in enumerate((repository / ".devcontainer" / "compose.yml").read_text().splitlines(), 1):
        print(f"  {number:2}  {line}")
    print(flush=True)


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
