"""Twenty registries, 50 ms away: compares `crreg login` with loops of `docker login` and of `skopeo login`."""

import contextlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row, in_turn, peak_memory, run
from sandbox import credentials
from sandbox.authority import Authority
from sandbox.engine import Engine, running_engine
from sandbox.github.control import GitHubSandbox
from sandbox.latency import fronts_far_away
from sandbox.registry import Htpasswd, TokenAuth, running_registry
from sandbox.token_server import Account, Flavor, TokenServer

REGISTRIES = 20
ROUND_TRIP = 0.05
RUNS = 5
TARGET = 15.0
MEMORY_TARGET = 120.0
CRREG = str(Path(sys.executable).parent / "crreg")


@dataclass(frozen=True)
class Scene:
    """Running registries, and how each client reaches them."""

    servers: tuple[str, ...]
    owner: credentials.Credential
    engine: Engine
    folder: Path
    trust: Mapping[str, str]

    @property
    def triples(self) -> dict[str, str]:
        """The triples of all registries."""
        return {
            name: value
            for number, server in enumerate(self.servers)
            for name, value in {
                f"R{number}_CONTAINER_REGISTRY_SERVER": server,
                f"R{number}_CONTAINER_REGISTRY_USER": self.owner.user,
                f"R{number}_CONTAINER_REGISTRY_PASSWORD": self.owner.password,
            }.items()
        }

    def crreg(self) -> None:
        """Log in everywhere with crreg."""
        run([CRREG, "login"], {**self.trust, **self.triples})

    def docker(self) -> None:
        """Log in everywhere with docker, one registry after the other."""
        for server in self.servers:
            command = ["docker", "login", "--username", self.owner.user, "--password-stdin", server]
            run(command, {**self.trust, **self.engine.environment()}, text=self.owner.password)

    def skopeo(self) -> None:
        """Log in everywhere with skopeo, one registry after the other."""
        for server in self.servers:
            command = [
                "skopeo",
                "login",
                "--tls-verify=false",
                "--username",
                self.owner.user,
                "--password-stdin",
                server,
            ]
            environment = {**self.trust, "REGISTRY_AUTH_FILE": str(self.folder / "auth.json")}
            run(command, environment, text=self.owner.password)


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Start the registries, half with Basic and half with a token server, each with its own latency."""
    authority = Authority(folder / "authority")
    owner = credentials.credential("octocat")
    with contextlib.ExitStack() as stack:
        tokens = stack.enter_context(
            TokenServer(
                authority,
                service="far",
                flavor=Flavor.DOCKER_HUB,
                accounts=[Account(owner, {"*": frozenset({"pull"})})],
                public=[],
            )
        )
        [realm] = stack.enter_context(fronts_far_away(ROUND_TRIP, [_address(tokens.url)]))
        token_auth = TokenAuth(f"http://{realm}/token", "far", tokens.issuer, authority.certificate)
        registries = [
            stack.enter_context(
                running_registry(
                    folder / f"registry-{number}", auth=Htpasswd([owner]) if number % 2 else token_auth
                )
            )
            for number in range(REGISTRIES)
        ]
        servers = stack.enter_context(
            fronts_far_away(ROUND_TRIP, [_address(registry.backend) for registry in registries])
        )
        engine = stack.enter_context(running_engine(folder / "engine"))
        yield Scene(tuple(servers), owner, engine, folder, authority.environment())


def _address(url: str) -> str:
    return url.partition("://")[2]


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with scene(folder) as here:
        ours, docker, skopeo = in_turn(RUNS, here.crreg, here.docker, here.skopeo)
        rows = [
            Row(
                f"login, {REGISTRIES} registries, {ROUND_TRIP * 1000:.0f} ms away",
                f"{ours:.2f} s",
                f"{name} loop {theirs:.2f} s",
                f"{theirs / ours:.1f} x",
                f">= {TARGET:.0f} x",
                theirs / ours >= TARGET,
            )
            for name, theirs in (("docker login", docker), ("skopeo login", skopeo))
        ]
        with GitHubSandbox.start() as github:
            rows.append(_memory(here, github))
    return rows


def _memory(here: Scene, github: GitHubSandbox) -> Row:
    """A check of a repository with an image in every registry."""
    github.add_user("octocat")
    github.add_organization("acme", members={"octocat": "admin"})
    github.add_repository("acme/app")
    for name, value in here.triples.items():
        github.add_secret("repository", "acme/app", name, value)
    token = github.add_token("classic", owner="octocat", scopes=("repo", "admin:org", "codespace:secrets"))
    checkout = here.folder / "checkout"
    (checkout / ".devcontainer").mkdir(parents=True)
    copies = "".join(f"COPY --from={server}/dev/base:1 / /\n" for server in here.servers)
    (checkout / ".devcontainer" / "Dockerfile").write_text(f"FROM scratch\n{copies}")
    (checkout / ".devcontainer" / "devcontainer.json").write_text('{"build": {"dockerfile": "Dockerfile"}}')
    peak = peak_memory(
        [CRREG, "check", "--repository", "acme/app", "--path", str(checkout)],
        {**here.trust, **here.triples, "GITHUB_TOKEN": token, "GITHUB_API_URL": github.url},
        codes=(1,),
    )
    return Row(
        f"peak memory, check with {REGISTRIES} registries",
        f"{peak:.0f} MiB",
        target=f"< {MEMORY_TARGET:.0f} MiB",
        met=peak < MEMORY_TARGET,
    )
