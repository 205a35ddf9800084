"""Measure what each optimization that makes code less clear saves: the same command with and without it.

Delete one that saves less than a tenth of the whole command on a network 50 ms away. Its figure is in its docstring.
A network farther away, or a busier machine, gives other figures.
"""

import contextlib
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row, in_turn, run
from sandbox import credentials
from sandbox.github.control import GitHubSandbox
from sandbox.latency import fronts_far_away
from sandbox.registry import Htpasswd, running_registry
from sandbox.world import triple

TRIPLES = 10
ROUND_TRIP = 0.05
RUNS = 15
_LEAST = 0.1
"""The smallest share of the command's time that is worth it."""
_MAIN = "from crreg.cli.main import main; main()"
_PLAIN = ""


@dataclass(frozen=True)
class Trick:
    """An optimization, and Python code that turns it off."""

    what: str
    command: str
    without: str


TRICKS = (
    Trick(
        "the process ended at once (cli/main.py)",
        "login",
        "import os, sys; os._exit = sys.exit",
    ),
)


@dataclass(frozen=True)
class Scene:
    """A GitHub and registries that are far away."""

    github: GitHubSandbox
    environment: dict[str, str]
    checkout: Path
    numbers: Iterator[int]

    def run(self, command: str, patch: str) -> None:
        """Run a command, after a line of Python that turns an optimization off."""
        arguments = [command]
        if command == "ensure":
            repository = f"acme/app-{next(self.numbers)}"
            self.github.add_repository(repository)
            arguments += ["--repository", repository, "--path", str(self.checkout)]
        run([sys.executable, "-c", f"{patch}\n{_MAIN}", *arguments], self.environment)


@contextlib.contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Start GitHub and the registries, far away."""
    owner = credentials.credential("octocat")
    checkout = folder / "checkout"
    checkout.mkdir()
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(running_registry(folder / f"registry-{number}", auth=Htpasswd([owner])))
            for number in range(TRIPLES)
        ]
        github = stack.enter_context(GitHubSandbox.start())
        github.add_user("octocat")
        github.add_organization("acme", members={"octocat": "admin"})
        token = github.add_token(
            "classic", owner="octocat", scopes=("repo", "admin:org", "codespace:secrets")
        )
        near = [github.url.partition("://")[2], *(server.address for server in servers)]
        far, *registries = stack.enter_context(fronts_far_away(ROUND_TRIP, near))
        values = [triple(f"R{number}", server, owner) for number, server in enumerate(registries)]
        environment = {"GITHUB_API_URL": f"http://{far}", "GITHUB_TOKEN": token}
        for each in values:
            environment |= each
        yield Scene(github, environment, checkout, itertools.count())


def measure(folder: Path) -> list[Row]:
    """Return the rows of the table."""
    with scene(folder) as here:
        return [_row(here, trick) for trick in TRICKS]


def _row(here: Scene, trick: Trick) -> Row:
    with_it, without = in_turn(
        RUNS,
        lambda: here.run(trick.command, _PLAIN),
        lambda: here.run(trick.command, trick.without),
    )
    saved = 1 - with_it / without
    return Row(
        f"{trick.command}, {TRIPLES} triples, {ROUND_TRIP * 1000:.0f} ms away: {trick.what}",
        f"{with_it:.2f} s",
        f"without {without:.2f} s",
        f"saves {saved:.0%}",
        f">= {_LEAST:.0%}",
        saved >= _LEAST,
    )
