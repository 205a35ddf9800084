"""An organization of any size is made from a seed, and the same seed makes the same organization."""

from collections import Counter
from typing import Any

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.organization import KINDS, Plan, build, is_open
from sandbox.github.raw import RawClient
from sandbox.github.world import Account, World

PLAN = Plan(7, repositories=300, with_dev_container=120, needing_login=60, registries=4, images=20)
LIST = """
query ($after: String) {
  organization(login: "acme") {
    repositories(first: 100, after: $after) {
      nodes {
        databaseId name isArchived isFork visibility
        defaultBranchRef { target { oid } }
        folder: object(expression: "HEAD:.devcontainer") { oid }
        file: object(expression: "HEAD:.devcontainer.json") { oid }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


@pytest.fixture
def client(github: GitHubSandbox) -> RawClient:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"}, plan="enterprise")
    github.add_plan(PLAN)
    return RawClient(github.url, github.add_token("classic", owner="mona", scopes=["repo", "admin:org"]))


def listed(client: RawClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        body = {"query": LIST, "variables": {"after": page["endCursor"]}}
        answer = client("POST", "/graphql", body).body["data"]["organization"]["repositories"]
        found += answer["nodes"]
        page = answer["pageInfo"]
    return found


def test_an_organization_has_as_many_repositories_of_each_kind_as_planned(client: RawClient) -> None:
    found = listed(client)
    assert [each["name"] for each in found] == [each.name for each in PLAN.planned()]
    # A submodule is a folder of another repository, so its commit is no object of this one.
    seen = sum(1 for each in found if (each["folder"] or each["file"]) and not each["isArchived"])
    submodules = sum(each.kind == "submodule" and not each.archived for each in PLAN.planned())
    assert seen == PLAN.with_dev_container - submodules


def test_a_plan_has_every_kind_of_dev_container() -> None:
    plan = Plan(7, repositories=2000, with_dev_container=1000, needing_login=400)
    kept = [each for each in plan.planned() if each.kind and not each.archived]
    assert len(kept) == 1000
    assert set(Counter(each.kind for each in kept)) == set(KINDS)
    private = [each for each in kept if any(not image.is_public for image in each.images)]
    assert len(private) == 400
    assert {image.server for each in private for image in each.images} == {
        server for number, server in enumerate(plan.addresses) if not is_open(number)
    }


def test_the_files_of_a_plan_are_made_when_they_are_needed() -> None:
    world = World(accounts={"acme": Account(1, "acme", is_organization=True, plan="team")})
    build(world, PLAN)
    assert len(world.repositories) == PLAN.repositories
    assert not any("history" in vars(each) for each in world.repositories.values())
    repository = next(iter(world.repositories_of("acme")))
    assert repository.history.branches
    assert sum("history" in vars(each) for each in world.repositories.values()) == 1


def test_the_same_seed_makes_the_same_commits(github: GitHubSandbox, client: RawClient) -> None:
    first = {each["name"]: each["defaultBranchRef"] for each in listed(client)}
    github.reset()
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"}, plan="enterprise")
    github.add_plan(PLAN)
    again = RawClient(github.url, github.add_token("classic", owner="mona", scopes=["repo"]))
    assert {each["name"]: each["defaultBranchRef"] for each in listed(again)} == first


def test_every_repository_that_needs_a_login_has_the_triple(github: GitHubSandbox, client: RawClient) -> None:
    name = "R01_CONTAINER_REGISTRY_SERVER"
    path = f"/orgs/acme/codespaces/secrets/{name}/repositories?per_page=100"
    selected = {each["name"] for each in client("GET", path).body["repositories"]}
    for planned in PLAN.planned():
        used = {image.server for image in planned.images[:1] if not image.is_public}
        if PLAN.addresses[1] in used:
            assert planned.name in selected
        if PLAN.addresses[0] in used:
            assert set(PLAN.triple(0)) <= set(github.secrets("repository", f"acme/{planned.name}"))
    visibilities = {each.visibility for each in github.secrets("organization", "acme").values()}
    assert visibilities == {"private", "selected"}
    assert github.secret_value("organization", "acme", name) == PLAN.addresses[1].encode()
