"""Compares `crreg login` with loops of `docker login` and of `skopeo login`: near and far, one registry and many."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.measure import Row, in_pairs, in_turn, load, run, used
from sandbox import credentials
from sandbox.authority import Authority
from sandbox.engine import Engine, running_engine
from sandbox.github.control import GitHubSandbox
from sandbox.latency import fronts_far_away
from sandbox.registry import Htpasswd, TokenAuth, running_registry
from sandbox.token_server import Account, Flavor, TokenServer
from sandbox.world import triple

REGISTRIES = 20
ROUND_TRIP = 0.05
RUNS = 5
TARGET = 1 / 15
MEMORY_TARGET = 120.0
ONE_RUNS = 15
ONE_TARGET = 1.5
MANY = 100
MANY_ROUND_TRIP = 0.2
MANY_TARGET = 1.2
FIRST_BYTE_TARGET = 0.04
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
        return _triples(self.servers, self.owner)

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


def _triples(servers: Iterable[str], owner: credentials.Credential) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, server in enumerate(servers):
        found |= triple(f"R{number}", server, owner)
    return found


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with scene(folder) as here:
        pairs = in_pairs(RUNS, here.crreg, here.docker, here.skopeo)
        rows = [
            Row(
                f"login, {REGISTRIES} registries, {ROUND_TRIP * 1000:.0f} ms away",
                f"{pairs.ours:.2f} s",
                f"{name} loop {theirs:.2f} s",
                ratio,
                f"<= {TARGET:.2f}",
                ratio <= TARGET,
            )
            for name, theirs, ratio in zip(
                ("docker login", "skopeo login"), pairs.theirs, pairs.ratios, strict=True
            )
        ]
        with GitHubSandbox.start() as github:
            rows.append(_memory(here, github))
        return [*rows, *_one(here), _first_byte(here), *_many(here)]


def _one(here: Scene) -> list[Row]:
    """One login at a registry on this machine that takes user and password."""
    with running_registry(here.folder / "near", auth=Htpasswd([here.owner])) as registry:
        one = replace(here, servers=(_address(registry.backend),))
        pairs = in_pairs(ONE_RUNS, one.crreg, one.docker, lambda: load("click", "urllib3"))
    ratio, of_limit = pairs.ratios
    docker, limit = pairs.theirs
    what = "login, one registry on this machine"
    return [
        Row(
            what,
            f"{pairs.ours:.3f} s",
            f"docker login {docker:.3f} s",
            ratio,
            f"<= {ONE_TARGET}",
            ratio <= ONE_TARGET,
        ),
        Row(what, f"{pairs.ours:.3f} s", f"limit: loading click and urllib3 {limit:.3f} s", of_limit),
    ]


def _first_byte(here: Scene) -> Row:
    """From the start of the process to its first byte on the wire."""

    def first_byte(
        client: Callable[[str], list[str]], environment: Callable[[str], Mapping[str, str]]
    ) -> float:
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"127.0.0.1:{server.getsockname()[1]}"
            began = time.perf_counter()
            with subprocess.Popen(
                client(address),
                env={**os.environ, **environment(address)},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            ) as process:
                assert process.stdin is not None  # noqa: S101 - for the type checker
                process.stdin.write(here.owner.password.encode())
                process.stdin.close()
                connection, _ = server.accept()
                with connection:
                    connection.recv(1)
                    taken = time.perf_counter() - began
                process.kill()
        return taken

    docker = ["docker", "login", "--username", here.owner.user, "--password-stdin"]
    clients = [
        (lambda _: [CRREG, "login"], lambda address: _triples([address], here.owner)),
        (lambda address: [*docker, address], lambda _: here.engine.environment()),
    ]
    rounds = [[first_byte(*client) for client in clients] for _ in range(ONE_RUNS + 1)][1:]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    return Row(
        "login, first byte on the wire",
        f"{ours:.3f} s",
        f"docker login {theirs:.3f} s",
        statistics.median(mine / other for mine, other in rounds),
        f"<= {FIRST_BYTE_TARGET} s",
        ours <= FIRST_BYTE_TARGET,
    )


def _many(here: Scene) -> list[Row]:
    """A hundred registries that are far away: fronts of one, which crreg can't know."""
    with (
        running_registry(here.folder / "many", auth=Htpasswd([here.owner])) as registry,
        fronts_far_away(MANY_ROUND_TRIP, [_address(registry.backend)] * MANY) as servers,
    ):
        [ours] = in_turn(RUNS, replace(here, servers=tuple(servers)).crreg)
    limit = 3 * MANY_ROUND_TRIP
    return [
        Row(
            f"login, {MANY} registries, {MANY_ROUND_TRIP * 1000:.0f} ms away",
            f"{ours:.2f} s",
            f"limit: connecting and two requests {limit:.2f} s",
            ours / limit,
            f"<= {MANY_TARGET} s",
            ours <= MANY_TARGET,
        )
    ]


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
    peak = used(
        [CRREG, "check", "--repository", "acme/app", "--path", str(checkout)],
        {**here.trust, **here.triples, "GITHUB_TOKEN": token, "GITHUB_API_URL": github.url},
        codes=(1,),
    ).mebibytes
    return Row(
        f"peak memory, check with {REGISTRIES} registries",
        f"{peak:.0f} MiB",
        target=f"< {MEMORY_TARGET:.0f} MiB",
        met=peak < MEMORY_TARGET,
    )
