"""The arithmetic of docs/scale.md is what the simulated GitHub counts, and what the page's table says."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sandbox import credentials
from sandbox.command import crreg
from sandbox.github.control import GitHubSandbox
from sandbox.github.organization import Plan
from sandbox.organization_registries import Registries, running_registries
from tests.integration.organization.scene import SCOPES

from crreg.github.pacing import POINTS, Api
from crreg.organization.matrix import Wishes, plan_jobs

PAGE = Path(__file__).parents[3] / "docs/scale.md"
PLAN = Plan(13, registries=3, images=12)
LOGINS, SELECTED = 2, 1
"""The triples of that plan, and those that are assigned to selected repositories."""
LARGEST_ORGANIZATION = 100_000
TOKEN = 5_000
"""Requests, and points, an hour."""


def up(number: int, by: int) -> int:
    """Divide and round up."""
    return -(-number // by)


@dataclass(frozen=True)
class Arithmetic:
    """The formulas of the page, for one organization."""

    repositories: int
    parts: int
    triples: int
    selected: int

    @property
    def dev_containers(self) -> int:
        return self.repositories // 5

    @property
    def logins(self) -> int:
        return self.dev_containers * 2 // 5

    @property
    def list_queries(self) -> int:
        return self.parts * up(self.repositories, 100)

    @property
    def file_queries(self) -> int:
        """The most."""
        return 4 * up(self.dev_containers, 100)

    @property
    def rest(self) -> int:
        return 2 + 3 * self.selected * up(up(self.logins, self.triples), 100) + self.logins


@pytest.fixture(scope="module")
def registries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registries]:
    with running_registries(tmp_path_factory.mktemp("registries"), PLAN, round_trip=0) as registries:
        yield registries


@pytest.mark.parametrize("size", [100, 300, 1_000])
def test_the_formulas_are_what_github_counts(
    registries: Registries, github: GitHubSandbox, tmp_path: Path, size: int
) -> None:
    expected = Arithmetic(size, 1, LOGINS, SELECTED)
    plan = dataclasses.replace(
        registries.plan,
        repositories=size,
        with_dev_container=expected.dev_containers,
        needing_login=expected.logins,
    )
    github.add_user("octocat")
    github.add_organization(plan.login, members={"octocat": "admin"}, plan="enterprise")
    github.add_plan(plan)
    token = credentials.register(github.add_token("classic", owner="octocat", scopes=SCOPES))
    environment = {
        **registries.trust,
        **plan.triples(),
        "GITHUB_API_URL": github.url,
        "GITHUB_TOKEN": token,
    }
    counted = []
    for _ in range(2):
        github.forget()
        registries.clear()
        ended = crreg(
            *("check", "--org", plan.login, "--state", "state", "--format", "json"),
            # Without this, crreg asks no registry on this machine that no triple names.
            *("--allow-insecure", "127.0.0.1"),
            environment=environment,
            folder=tmp_path,
        )
        assert ended.document["listed"] > 0.9 * size, "all but archived ones"
        counted.append(github.limits.counts())
        asked = registries.asked()
        assert asked.logins == 2 * LOGINS + (plan.registries - LOGINS)
        # The images of the first registry are asked for without a login, since each repository stores its own.
        assert asked.manifests + asked.others <= 2 * plan.images
    first, following = counted
    assert expected.list_queries < first.queries <= expected.list_queries + expected.file_queries
    assert first.points == first.queries
    assert (first.rest, first.unchanged) == (expected.rest, 0)
    assert (following.queries, following.rest) == (expected.list_queries, 0)
    assert following.unchanged == expected.rest


def test_the_table_of_the_page_follows_from_the_formulas() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| ") and line[2:3].isdigit()]
    sizes = (100, 1_000, 10_000, 100_000, 1_000_000)
    assert rows == [row(size) for size in sizes]


def row(size: int) -> str:
    """The row about so many repositories, in as few organizations as possible."""
    organizations = up(size, LARGEST_ORGANIZATION)
    jobs = plan_jobs(
        "p", {f"o{number}": size // organizations for number in range(organizations)}, Wishes({})
    )
    each = Arithmetic(size // organizations, len(jobs) // organizations, 10, 3)
    listed, files, rest = (
        organizations * number for number in (each.list_queries, each.file_queries, each.rest)
    )
    minutes = up(max(rest * POINTS[Api.GRAPHQL], (listed + files) * POINTS[Api.REST]), 900 * 2_000)
    hours = up(max(rest, listed + files), TOKEN)
    numbers = (size, len(jobs), listed + files, listed, rest, minutes, hours)
    return f"| {' | '.join(f'{number:,}' for number in numbers)} |"
