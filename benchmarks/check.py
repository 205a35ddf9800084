"""From `docker run` to the last line of a check: twenty images in five registries, and GitHub, all 50 ms away."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row, in_pairs
from sandbox import credentials
from sandbox.base_image import ensure_base_image
from sandbox.engine import Engine, running_engine
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pusher
from sandbox.latency import fronts_far_away
from sandbox.registry import Htpasswd, running_registry
from sandbox.world import triple
from tests.e2e.image import BASE, Action

REGISTRIES = 5
IMAGES = 20
ROUND_TRIP = 0.05
RUNS = 7
TARGET = 0.6
ROUND_TRIPS = 5
"""Connecting, `/v2/`, the login, a manifest, and its configuration."""
_REPOSITORY = "acme/app"


@dataclass(frozen=True)
class Scene:
    """A checkout, what its images need, and an engine with the container."""

    engine: Engine
    image: str
    checkout: Path
    environment: dict[str, str]

    def check(self) -> None:
        """Check the repository in the container; everything must be healthy."""
        given = [part for name, value in self.environment.items() for part in ("--env", f"{name}={value}")]
        command = ("check", "--repository", _REPOSITORY, "--path", "/checkout", "--fail-on", "unknown")
        volume = ("--volume", f"{self.checkout}:/checkout:ro")
        self._run("--network", "host", *volume, *given, self.image, *command)

    def nothing(self) -> None:
        """Start a container that does nothing."""
        self._run("--network", "host", BASE, "true")

    def _run(self, *arguments: str) -> None:
        done = self.engine.docker("run", "--rm", *arguments)
        if done.returncode != 0:
            raise RuntimeError(f"docker run ended with {done.returncode}: {done.stdout}{done.stderr}")


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Start the registries and GitHub, far away, and build the container."""
    owner = credentials.credential("octocat")
    with contextlib.ExitStack() as stack:
        registries = [
            stack.enter_context(running_registry(folder / f"registry-{number}", auth=Htpasswd([owner])))
            for number in range(REGISTRIES)
        ]
        for number in range(IMAGES):
            pusher = Pusher(registries[number % REGISTRIES].backend, authorization=owner.basic)
            pusher.push(f"dev/base{number}", "1")
        github = stack.enter_context(GitHubSandbox.start())
        github.add_user("octocat")
        github.add_organization("acme", members={"octocat": "admin"})
        github.add_repository(_REPOSITORY)
        token = github.add_token(
            "classic", owner="octocat", scopes=("repo", "admin:org", "codespace:secrets")
        )
        near = [url.partition("://")[2] for url in (github.url, *(each.backend for each in registries))]
        far, *servers = stack.enter_context(fronts_far_away(ROUND_TRIP, near))
        environment = {"GITHUB_TOKEN": token, "GITHUB_API_URL": f"http://{far}"}
        for number, server in enumerate(servers):
            for name, value in triple(f"R{number}", server, owner).items():
                github.add_secret("repository", _REPOSITORY, name, value)
                environment[name] = value
        checkout = folder / "checkout"
        (checkout / ".devcontainer").mkdir(parents=True)
        names = [f"{servers[number % REGISTRIES]}/dev/base{number}:1" for number in range(IMAGES)]
        copies = "".join(f"COPY --from={name} / /\n" for name in names[1:])
        (checkout / ".devcontainer" / "Dockerfile").write_text(f"FROM {names[0]}\n{copies}")
        (checkout / ".devcontainer" / "devcontainer.json").write_text(
            '{"build": {"dockerfile": "Dockerfile"}}'
        )
        engine = stack.enter_context(running_engine(folder / "engine"))
        ensure_base_image(engine)
        image = Action.build(engine.host, folder / "action").image
        yield Scene(engine, image, checkout, environment)


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with scene(folder) as here:
        pairs = in_pairs(RUNS, here.check, here.nothing)
    return [
        Row(
            f"check in the container, {IMAGES} images in {REGISTRIES} registries {ROUND_TRIP * 1000:.0f} ms away",
            f"{pairs.ours:.2f} s",
            f"docker run of true {pairs.theirs[0]:.2f} s",
            pairs.ratios[0],
            f"<= {TARGET} s",
            pairs.ours <= TARGET,
        ),
        Row(
            f"limit: docker run of true, and {ROUND_TRIPS} round trips",
            f"{pairs.theirs[0] + ROUND_TRIPS * ROUND_TRIP:.2f} s",
            f"crreg {pairs.ours:.2f} s",
        ),
    ]
