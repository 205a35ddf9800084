"""What `crreg check --org` takes for 10,000 repositories on a GitHub 50 ms away, counted at the servers.

The second run remembers the first one's state. Both run without GitHub's limits, and again under the published ones on
a clock that runs as fast as ours. Two loops that people use today run on 500 repositories: `crreg check` on a checkout
of each repository with a dev container, and `gh api` for the same lists: each repository's files and secrets, and the
organization's. They take minutes, so every fifth repository is timed and counted, and the figures are scaled up.
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
from sandbox.github.organization import PARTS, Plan
from sandbox.latency import fronts_far_away
from sandbox.measuring import Measured, measured
from sandbox.organization_registries import Asked, Registries, running_registries

ROUND_TRIP = 0.05
SIZES = (1_000, 3_000, 10_000)
LOOP_SIZE = 500
LOOP_STEP = 5
"""One repository of so many is timed in a loop."""
MOST_QUERIES = (180, 100)
"""In the first run of the largest organization, and in the second."""
MOST_REQUESTS = 860
MOST_SECONDS = (30.0, 15.0)
MOST_LIMITED_SECONDS = 120.0
MOST_MEMORY = 150
MOST_RATIO = 1 / 15
MOST_GROWTH = 1.1
"""The cost per repository in the largest organization, divided by that in the smallest."""
_PLAN = Plan(13)
_BIN = Path(sys.executable).parent
_SCOPES = ("repo", "admin:org", "codespace:secrets")
_PARTS = 5
"""The repositories for each one with a dev container."""


@dataclass(frozen=True)
class Counted:
    """One run, and what it cost."""

    seconds: float
    processor_seconds: float
    """Of crreg's own process."""
    mebibytes: float
    queries: int
    rest: int
    unchanged: int
    refused: int
    """Requests that GitHub refused because of a limit."""
    asked: Asked

    @property
    def of_github(self) -> int:
        """All requests at GitHub."""
        return self.queries + self.rest + self.unchanged

    @property
    def requests(self) -> int:
        """All requests, at GitHub and at the registries."""
        return self.of_github + self.of_registries + self.asked.tokens

    @property
    def of_registries(self) -> int:
        """All requests at the registries, without those for tokens at the server that these name."""
        return self.asked.logins + self.asked.manifests + self.asked.others


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
        return self.counted(["--org", self.plan.login, "--state", str(state)])

    def counted(self, options: list[str]) -> Counted:
        """Run a check, which may find something."""
        self.github.forget()
        self.registries.clear()
        # Without this, crreg asks no registry on this machine that no triple names.
        command = [
            str(_BIN / "crreg"),
            "check",
            "--allow-insecure",
            "127.0.0.1",
            "--format",
            "json",
            *options,
        ]
        ended: Measured = measured(command, self.environment, folder=self.folder)
        if ended.code not in (0, 1, 3):
            raise RuntimeError(f"{command} ended with {ended.code}: {ended.errors[-2000:].decode()}")
        counts = self.github.limits.counts()
        return Counted(
            ended.seconds,
            ended.processor_seconds,
            ended.mebibytes,
            counts.queries,
            counts.rest,
            counts.unchanged,
            counts.refused,
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
        rows = _sizes(folder, registries)
        with scene(folder / "loops", registries, LOOP_SIZE) as here:
            return [*rows, *_loops(here)]


def _sizes(folder: Path, registries: Registries) -> list[Row]:
    """Two runs for each size, and for the largest organization two more under the published limits."""
    firsts: dict[int, Counted] = {}
    rows: list[Row] = []
    for size in SIZES:
        with scene(folder / f"{size}", registries, size) as here:
            firsts[size] = here.organization(here.folder / "state.db")
            rows.append(_per_repository(f"check --org, {size:,} repositories, first run", firsts[size], size))
            if size == SIZES[-1]:
                rows += _growth(firsts)
                rows += _largest(here, firsts[size])
    return rows


def _largest(here: Scene, first: Counted) -> list[Row]:
    """The rows about the largest organization, after its first run."""
    what = f"check --org, {SIZES[-1]:,} repositories"
    second = here.organization(here.folder / "state.db")
    limited = []
    for _ in range(2):
        # Forgets what was used before: between two runs there are hours.
        here.github.limits.enforce(Rules())
        limited.append(here.organization(here.folder / "limited.db"))
    rows = []
    for number, (name, counted) in enumerate((("first run", first), ("second run", second))):
        rows += [
            *_counts(f"{what}, {name}", counted, MOST_QUERIES[number], (MOST_REQUESTS, 0)[number]),
            _registry_requests(f"{what}, {name}", here.plan, counted),
            *_seconds(f"{what}, {name}", counted, MOST_SECONDS[number]),
            *_seconds(f"{what}, {name}, within the published limits", limited[number], MOST_LIMITED_SECONDS),
            Row(
                f"{what}, {name}, within the published limits: requests over a limit",
                f"{limited[number].refused}",
                target="0",
                met=limited[number].refused == 0,
            ),
        ]
    return rows


def _per_repository(what: str, counted: Counted, size: int) -> Row:
    requests, processor = _cost(counted, size)
    figure = f"{requests:.2f} requests and {processor * 1000:.1f} ms of processor time a repository"
    return Row(what, figure, f"{counted.seconds:.1f} s, {counted.mebibytes:.0f} MiB")


def _cost(counted: Counted, size: int) -> tuple[float, float]:
    """Requests and processor seconds for each repository."""
    return counted.requests / size, counted.processor_seconds / size


def _growth(firsts: dict[int, Counted]) -> list[Row]:
    """The cost per repository in the largest organization beside that in the smallest."""
    small, *_, large = SIZES
    costs = zip(_cost(firsts[large], large), _cost(firsts[small], small), strict=True)
    return [
        Row(
            f"check --org, {what} a repository of {large:,}",
            f"{many * scale:.2f} {unit}",
            f"of {small:,} {few * scale:.2f} {unit}",
            many / few,
            f"<= {MOST_GROWTH}",
            many / few <= MOST_GROWTH,
        )
        for (what, unit, scale), (many, few) in zip(
            (("requests", "each", 1), ("processor time", "ms", 1000)), costs, strict=True
        )
    ]


def _counts(what: str, counted: Counted, most_queries: int, most_rest: int) -> list[Row]:
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
    ]


def _registry_requests(what: str, plan: Plan, counted: Counted) -> Row:
    """The target is two requests for each login, one for a plain manifest and three for an index."""
    indexes = sum(image.is_index for image in plan.pictures)
    most = 2 * len(plan.triples()) // len(PARTS) + len(plan.pictures) - indexes + 3 * indexes
    asked = counted.asked
    return Row(
        f"{what}: registry requests",
        f"{counted.of_registries}: {asked.logins} for logins, {asked.manifests} for manifests, {asked.others} for "
        f"configurations (and {asked.tokens} for tokens)",
        target=f"<= {most}",
        met=counted.of_registries <= most,
    )


def _seconds(what: str, counted: Counted, most: float) -> list[Row]:
    return [
        Row(
            f"{what}: time",
            f"{counted.seconds:.1f} s, {counted.processor_seconds:.1f} s of them processor time",
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
    part = chosen[::LOOP_STEP]
    took = requests = 0.0
    for planned in part:
        path = here.folder / planned.name
        checkout.commit(checkout.write(path, here.plan.files(planned)))
        name = f"{here.plan.login}/{planned.name}"
        counted = here.counted(["--repository", name, "--path", str(path)])
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
        run([gh, "api", "graphql", "--paginate", "-f", f"query={_LIST % here.plan.login}"], environment)
        base = f"orgs/{here.plan.login}/codespaces/secrets"
        for name in get(base, "--jq", '.secrets[] | select(.visibility == "selected").name').split():
            get(f"{base}/{name}/repositories")

    def repositories() -> None:
        for planned in part:
            repository = f"repos/{here.plan.login}/{planned.name}"
            run([gh, "api", f"{repository}/git/trees/HEAD?recursive=1"], environment)
            get(f"{repository}/codespaces/secrets")

    part = list(here.plan.planned())[::LOOP_STEP]
    here.github.forget()
    once, of_organization = seconds(organization), here.github.limits.counts()
    here.github.forget()
    each, of_repositories = seconds(repositories), here.github.limits.counts().rest
    scale = LOOP_SIZE / len(part)
    return once + each * scale, of_organization.rest + of_organization.queries + of_repositories * scale


_LIST = """
query ($endCursor: String) {
  organization(login: "%s") {
    repositories(first: 100, after: $endCursor) { nodes { nameWithOwner } pageInfo { hasNextPage endCursor } }
  }
}
"""
