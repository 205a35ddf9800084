"""What `crreg check --org` takes for 10,000 repositories on a GitHub 50 ms away, counted at the servers.

The second run remembers the first one's state. Two loops that people use today run on 500 repositories: `crreg check`
on a checkout of each repository with a dev container, and `gh api` for the same lists: each repository's files and
secrets, and the organization's. They take minutes, so a part of the repositories is timed and counted, and scaled up.
"""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Row, run, seconds
from sandbox import checkout
from sandbox.github.control import GitHubSandbox
from sandbox.github.limits import Rules
from sandbox.github.organization import Plan
from sandbox.latency import fronts_far_away
from sandbox.measuring import Measured, measured
from sandbox.organization_registries import Asked, Registries, running_registries

ROUND_TRIP = 0.05
SIZES = (1_000, 3_000, 10_000)
LOOP_SIZE = 500
LOOP_PART = 20
"""The repositories of a loop that are timed."""
MOST_QUERIES = (180, 100)
"""In the first run of the largest organization, and in the second."""
MOST_REQUESTS = 860
MOST_SECONDS = (30.0, 15.0)
MOST_LIMITED_SECONDS = 120.0
MOST_MEMORY = 150
MOST_RATIO = 1 / 15
_PLAN = Plan(13)
_BIN = Path(sys.executable).parent
_SCOPES = ("repo", "admin:org", "codespace:secrets")
_PARTS = 5
"""The repositories for each one with a dev container."""


@dataclass(frozen=True)
class Counted:
    """One run, and what it cost."""

    seconds: float
    mebibytes: float
    queries: int
    rest: int
    unchanged: int
    asked: Asked

    @property
    def of_github(self) -> int:
        """All requests at GitHub."""
        return self.queries + self.rest + self.unchanged

    @property
    def requests(self) -> int:
        """All requests, at GitHub and at the registries."""
        asked = self.asked
        return self.of_github + asked.logins + asked.tokens + asked.manifests + asked.others


@dataclass(frozen=True)
class Scene:
    """A distant GitHub with one organization, and its distant registries."""

    github: GitHubSandbox
    registries: Registries
    plan: Plan
    far: str
    """The address of GitHub with latency."""
    token: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Every triple, and the token."""
        github = {"GITHUB_TOKEN": self.token, "GITHUB_API_URL": self.far, "CRREG_TIMEOUT": "600"}
        return {"PATH": str(_BIN), **self.registries.trust, **github, **self.plan.triples()}

    def organization(self, state: Path) -> Counted:
        """Check the organization."""
        command = [str(_BIN / "crreg"), "check", "--org", self.plan.login, "--state", str(state)]
        return self.counted(command)

    def counted(self, command: list[str]) -> Counted:
        """Run crreg, which may find something."""
        self.github.forget()
        self.registries.clear()
        ended: Measured = measured([*command, "--format", "json"], self.environment, folder=self.folder)
        if ended.code not in (0, 1, 3):
            raise RuntimeError(f"{command} ended with {ended.code}: {ended.errors[-2000:].decode()}")
        counts = self.github.limits.counts()
        return Counted(
            ended.seconds,
            ended.mebibytes,
            counts.queries,
            counts.rest,
            counts.unchanged,
            self.registries.asked(),
        )


@contextlib.contextmanager
def scene(folder: Path, registries: Registries, size: int) -> Iterator[Scene]:
    """An organization of that size, a fifth of it with dev containers, and two fifths of those with private images."""
    folder.mkdir()
    dev_containers = size // _PARTS
    plan = dataclasses.replace(
        registries.plan,
        repositories=size,
        with_dev_container=dev_containers,
        needing_login=dev_containers * 2 // _PARTS,
    )
    with contextlib.ExitStack() as stack:
        github = stack.enter_context(GitHubSandbox.start(checked=False))
        github.add_user("octocat")
        github.add_organization(plan.login, members={"octocat": "admin"}, plan="enterprise")
        github.add_plan(plan)
        token = github.add_token("classic", owner="octocat", scopes=_SCOPES)
        [far] = stack.enter_context(fronts_far_away(ROUND_TRIP, [github.url.partition("://")[2]]))
        yield Scene(github, registries, plan, f"http://{far}", token, folder)


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    with running_registries(folder / "registries", _PLAN, round_trip=ROUND_TRIP) as registries:
        rows = [row for size in SIZES for row in _sizes(folder / f"{size}", registries, size)]
        with scene(folder / "loops", registries, LOOP_SIZE) as here:
            return [*rows, *_loops(here)]


def _sizes(folder: Path, registries: Registries, size: int) -> list[Row]:
    """Two runs, and for the largest organization a third under the published limits."""
    with scene(folder, registries, size) as here:
        first, second = (here.organization(folder / "state.db") for _ in range(2))
        what = f"check --org, {size:,} repositories"
        if size != SIZES[-1]:
            return [_per_repository(f"{what}, first run", first, size)]
        here.github.limits.enforce(Rules())
        limited = here.organization(folder / "limited.db")
    return [
        _per_repository(f"{what}, first run", first, size),
        *_counts(f"{what}, first run", first, MOST_QUERIES[0], MOST_REQUESTS),
        *_seconds(f"{what}, first run", first, MOST_SECONDS[0]),
        *_counts(f"{what}, second run", second, MOST_QUERIES[1], 0),
        *_seconds(f"{what}, second run", second, MOST_SECONDS[1]),
        *_seconds(f"{what}, first run, within the published limits", limited, MOST_LIMITED_SECONDS),
    ]


def _per_repository(what: str, counted: Counted, size: int) -> Row:
    figure = f"{counted.requests / size:.2f} requests, {counted.seconds / size * 1000:.1f} ms a repository"
    return Row(what, figure, f"{counted.seconds:.1f} s, {counted.mebibytes:.0f} MiB")


def _counts(what: str, counted: Counted, most_queries: int, most_rest: int) -> list[Row]:
    asked = counted.asked
    return [
        Row(
            f"{what}: GraphQL queries",
            f"{counted.queries}",
            target=f"<= {most_queries}",
            met=counted.queries <= most_queries,
        ),
        Row(
            f"{what}: REST requests that count",
            f"{counted.rest} (and {counted.unchanged} unchanged)",
            target=f"<= {most_rest}",
            met=counted.rest <= most_rest,
        ),
        Row(
            f"{what}: registry requests",
            f"{asked.logins} for logins, {asked.tokens} for tokens, {asked.manifests} for manifests",
        ),
    ]


def _seconds(what: str, counted: Counted, most: float) -> list[Row]:
    return [
        Row(
            f"{what}: time",
            f"{counted.seconds:.1f} s",
            target=f"< {most:.0f} s",
            met=counted.seconds < most,
        ),
        Row(
            f"{what}: peak memory",
            f"{counted.mebibytes:.0f} MiB",
            target=f"< {MOST_MEMORY} MiB",
            met=counted.mebibytes < MOST_MEMORY,
        ),
    ]


def _loops(here: Scene) -> list[Row]:
    """The organization against both loops, which the same machine runs right after."""
    ours = here.organization(here.folder / "state.db")
    loops = (("crreg check", _checks(here), ours.requests), ("gh api", _lists(here), ours.of_github))
    target = f"<= {MOST_RATIO:.2f}"
    rows = []
    for name, (took, requests), own in loops:
        what = f"check --org, {LOOP_SIZE} repositories"
        time, count = ours.seconds / took, own / requests
        rows += [
            Row(
                what,
                f"{ours.seconds:.1f} s",
                f"a loop of {name} {took:.0f} s",
                time,
                target,
                time <= MOST_RATIO,
            ),
            Row(
                f"{what}, requests",
                f"{own}",
                f"a loop of {name} {requests:.0f} requests",
                count,
                target,
                count <= MOST_RATIO,
            ),
        ]
    return rows


def _checks(here: Scene) -> tuple[float, float]:
    """Seconds and requests of a check of every repository with a dev container, in a checkout that is there already."""
    chosen = [each for each in here.plan.planned() if each.kind and not each.archived]
    part = chosen[:: max(1, len(chosen) // LOOP_PART)]
    took = requests = 0.0
    for planned in part:
        path = here.folder / planned.name
        checkout.commit(checkout.write(path, here.plan.files(planned)))
        name = f"{here.plan.login}/{planned.name}"
        command = [str(_BIN / "crreg"), "check", "--repository", name, "--path", str(path)]
        counted = here.counted(command)
        took += counted.seconds
        requests += counted.requests
    scale = len(chosen) / len(part)
    return took * scale, requests * scale


def _lists(here: Scene) -> tuple[float, float]:
    """Seconds and requests of the same lists with `gh api`, which asks no registry."""
    far = {"HTTP_PROXY": here.far, "http_proxy": here.far, "GH_CONFIG_DIR": str(here.folder / "gh")}
    environment = here.github.gh_environment(here.token) | far
    gh = str(_BIN / "gh")

    def get(path: str, *options: str) -> str:
        return run([gh, "api", "--paginate", f"{path}?per_page=100", *options], environment)

    def organization() -> None:
        base = f"orgs/{here.plan.login}/codespaces/secrets"
        for name in get(base, "--jq", '.secrets[] | select(.visibility == "selected").name').split():
            get(f"{base}/{name}/repositories")

    def repositories() -> None:
        for planned in part:
            repository = f"repos/{here.plan.login}/{planned.name}"
            run([gh, "api", f"{repository}/git/trees/HEAD?recursive=1"], environment)
            get(f"{repository}/codespaces/secrets")

    part = list(here.plan.planned())[:: LOOP_SIZE // LOOP_PART]
    here.github.forget()
    once, of_organization = seconds(organization), here.github.limits.counts().rest
    here.github.forget()
    each, of_repositories = seconds(repositories), here.github.limits.counts().rest
    scale = LOOP_SIZE / len(part)
    return once + each * scale, of_organization + of_repositories * scale
