"""Actions variables, environments and runs of workflows answer as GitHub's do, to each kind of token."""

from datetime import UTC, datetime, timedelta

import pytest
from sandbox.github.actions_variables import MAXIMUM_SIZE
from sandbox.github.control import GitHubSandbox
from sandbox.github.raw import RawClient

REPOSITORY = "/repos/acme/app/actions/variables"
SHARED = "/repos/acme/app/actions/organization-variables"
ORGANIZATION = "/orgs/acme/actions/variables"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    github.add_user("mona")
    github.add_user("hubot")
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_repository("acme/app", collaborators={"hubot": "read"})
    github.add_repository("acme/other")
    return github


def classic(acme: GitHubSandbox, owner: str = "mona", *scopes: str) -> RawClient:
    return RawClient(acme.url, acme.add_token("classic", owner=owner, scopes=scopes or ("repo", "admin:org")))


@pytest.mark.parametrize("path", [REPOSITORY, ORGANIZATION])
def test_a_variable_is_created_read_and_changed(acme: GitHubSandbox, path: str) -> None:
    asked = classic(acme)
    more = {"visibility": "all"} if path == ORGANIZATION else {}
    assert asked("POST", path, {"name": "Name", "value": "one"} | more).status == 201
    assert asked("POST", path, {"name": "NAME", "value": "two"} | more).status == 409
    assert asked("GET", f"{path}/name").body["value"] == "one"
    assert asked("PATCH", f"{path}/NAME", {"value": "three"}).status == 204
    assert [variable["value"] for variable in asked("GET", path).body["variables"]] == ["three"]
    assert asked("PATCH", f"{path}/OTHER", {"value": "three"}).status == 404


def test_a_value_has_48_kb_at_most(acme: GitHubSandbox) -> None:
    asked = classic(acme)
    assert asked("POST", REPOSITORY, {"name": "A", "value": "x" * MAXIMUM_SIZE}).status == 201
    assert asked("POST", REPOSITORY, {"name": "B", "value": "x" * (MAXIMUM_SIZE + 1)}).status == 422
    assert asked("PATCH", f"{REPOSITORY}/A", {"value": "ü" * MAXIMUM_SIZE}).status == 422


def test_a_page_has_30_variables_at_most(acme: GitHubSandbox) -> None:
    for number in range(31):
        acme.workflows.add_variable("repository", "acme/app", f"V{number:02}", "v")
    page = classic(acme)("GET", f"{REPOSITORY}?per_page=100").body
    assert (page["total_count"], len(page["variables"])) == (31, 30)


def test_a_repository_sees_the_variables_of_its_organization_that_it_may(acme: GitHubSandbox) -> None:
    add = acme.workflows.add_variable
    add("organization", "acme", "ALL", "v")
    add("organization", "acme", "SELECTED", "v", repositories=["acme/app"])
    add("organization", "acme", "OTHERS", "v", repositories=["acme/other"])
    names = [variable["name"] for variable in classic(acme)("GET", SHARED).body["variables"]]
    assert names == ["ALL", "SELECTED"]


@pytest.mark.parametrize(
    ("permissions", "statuses"),
    [
        ({}, (403, 403, 403)),
        ({"variables": "read"}, (200, 200, 403)),
        ({"variables": "write"}, (200, 200, 201)),
        ({"organization_actions_variables": "read"}, (403, 403, 403)),
    ],
)
def test_a_fine_grained_token_needs_the_permission_variables(
    acme: GitHubSandbox, permissions: dict[str, str], statuses: tuple[int, ...]
) -> None:
    token = acme.add_token("fine-grained", owner="mona", permissions=permissions, resource_owner="acme")  # type: ignore[arg-type] # pytest hands over strings
    asked = RawClient(acme.url, token)
    new = {"name": "NAME", "value": "v"}
    answers = (asked("GET", REPOSITORY), asked("GET", SHARED), asked("POST", REPOSITORY, new))
    assert tuple(answer.status for answer in answers) == statuses


def test_a_classic_token_needs_repo_and_for_an_organization_admin_org(acme: GitHubSandbox) -> None:
    asked = classic(acme, "mona", "repo")
    assert (asked("GET", REPOSITORY).status, asked("GET", ORGANIZATION).status) == (200, 403)
    reader = classic(acme, "hubot", "repo")
    new = {"name": "NAME", "value": "v"}
    assert (reader("GET", REPOSITORY).status, reader("POST", REPOSITORY, new).status) == (200, 403)


def test_a_run_tells_when_it_was_queued_and_when_its_latest_attempt_began(acme: GitHubSandbox) -> None:
    run = acme.workflows.add_run("acme/app", created_at=NOON, run_started_at=NOON + timedelta(hours=1))
    found = classic(acme)("GET", f"/repos/acme/app/actions/runs/{run}").body
    assert (found["created_at"], found["run_started_at"]) == ("2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z")
    assert classic(acme)("GET", f"/repos/acme/other/actions/runs/{run}").status == 404


def test_an_environment_has_secrets_and_variables_of_its_own(acme: GitHubSandbox) -> None:
    acme.workflows.add_environment("acme/app", "production")
    acme.workflows.add_variable("environment", "acme/app/production", "V", "v")
    acme.add_secret("environment", "acme/app/production", "S", application="actions")
    asked = classic(acme)
    base = "/repos/acme/app/environments"
    assert [each["name"] for each in asked("GET", base).body["environments"]] == ["production"]
    assert asked("GET", f"{base}/production/secrets").body["secrets"][0]["name"] == "S"
    assert asked("GET", f"{base}/production/variables").body["variables"][0]["name"] == "V"
    assert asked("GET", f"{base}/staging/secrets").status == 404
