"""Packages and issues are seen, and refused, as GitHub does."""

from datetime import UTC, datetime

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.raw import RawClient

LIST = "/orgs/acme/packages?package_type=container"
PACKAGES = "/orgs/acme/packages/container"
DIGESTS = (f"sha256:{'a' * 64}", f"sha256:{'b' * 64}")


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    for login in ("mona", "hubot", "stranger"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_repository("acme/app")
    github.add_repository("acme/site", visibility="public")
    github.add_package("acme", "open", visibility="public")
    github.add_package("acme", "linked", repository="acme/app")
    github.add_package("acme", "alone")
    github.add_package("acme", "internal", visibility="internal")
    return github


def person(sandbox: GitHubSandbox, login: str, *scopes: str) -> RawClient:
    return RawClient(sandbox.url, sandbox.add_token("classic", owner=login, scopes=scopes))


def workflow(sandbox: GitHubSandbox) -> RawClient:
    token = sandbox.add_token(
        "workflow",
        permissions={"packages": "write", "issues": "write"},
        resource_owner="acme",
        repositories=["acme/app"],
    )
    return RawClient(sandbox.url, token)


@pytest.mark.parametrize(
    ("login", "names"),
    [
        ("mona", ["open", "linked", "alone", "internal"]),
        ("hubot", ["open", "linked", "internal"]),
        ("stranger", ["open"]),
    ],
)
def test_a_person_sees_the_packages_that_are_theirs_to_see(
    acme: GitHubSandbox, login: str, names: list[str]
) -> None:
    answer = person(acme, login, "read:packages")("GET", LIST)
    assert [package["name"] for package in answer.body] == names


def test_a_list_can_be_narrowed_by_visibility(acme: GitHubSandbox) -> None:
    answer = person(acme, "mona", "read:packages")("GET", f"{LIST}&visibility=internal")
    assert [package["name"] for package in answer.body] == ["internal"]


def test_packages_need_their_own_scope(acme: GitHubSandbox) -> None:
    asked = person(acme, "mona", "repo", "admin:org")
    answers = [asked("GET", LIST), asked("GET", f"{PACKAGES}/open")]
    assert [(answer.status, answer.body["message"]) for answer in answers] == [
        (403, "You need at least read:packages scope to list packages."),
        (403, "You need at least read:packages scope to get a package."),
    ]


def test_packages_know_no_fine_grained_tokens(acme: GitHubSandbox) -> None:
    token = acme.add_token("fine-grained", owner="mona", resource_owner="acme")
    answer = RawClient(acme.url, token)("GET", f"{PACKAGES}/open")
    assert (answer.status, answer.body["message"]) == (
        403,
        "Resource not accessible by personal access token",
    )


def test_a_workflow_sees_the_packages_of_its_repository_and_lists_none(acme: GitHubSandbox) -> None:
    asked = workflow(acme)
    statuses = {name: asked("GET", f"{PACKAGES}/{name}").status for name in ("linked", "alone", "open")}
    listed = asked("GET", LIST)
    assert statuses == {"linked": 200, "alone": 404, "open": 200}
    assert (listed.status, listed.body["message"]) == (400, "Invalid argument.")


def test_a_package_that_is_hidden_or_absent_is_not_found(acme: GitHubSandbox) -> None:
    asked = person(acme, "stranger", "read:packages")
    messages = [asked("GET", f"{PACKAGES}/{name}").body["message"] for name in ("alone", "none")]
    assert messages == ["Package not found.", "Package not found."]


def test_the_versions_of_a_persons_package_stand_newest_first(acme: GitHubSandbox) -> None:
    acme.add_package(
        "mona",
        "dev/base",
        tags={DIGESTS[0]: ["1"], DIGESTS[1]: []},
        created_at=datetime(2025, 6, 1, tzinfo=UTC),
    )
    asked = person(acme, "mona", "read:packages")
    path = "/users/mona/packages/container/dev%2Fbase"
    package = asked("GET", path).body
    versions = asked("GET", f"{path}/versions").body
    one = asked("GET", f"{path}/versions/{versions[0]['id']}").body
    assert (package["version_count"], package["updated_at"]) == (2, "2025-06-01T00:01:00Z")
    assert [(each["name"], each["metadata"]["container"]["tags"]) for each in versions] == [
        (DIGESTS[1], []),
        (DIGESTS[0], ["1"]),
    ]
    assert one == versions[0]
    assert asked("GET", f"{path}/versions/1").status == 404


def test_a_workflow_opens_and_closes_an_issue_as_the_actions_bot(acme: GitHubSandbox) -> None:
    asked = workflow(acme)
    opened = asked("POST", "/repos/acme/app/issues", {"title": "Secrets expire", "labels": ["crreg"]})
    asked("POST", "/repos/acme/app/issues/1/comments", {"body": "Again."})
    asked("PATCH", "/repos/acme/app/issues/1", {"state": "closed"})
    found = asked("GET", "/repos/acme/app/issues?state=all&labels=crreg").body
    assert (opened.status, opened.body["number"], opened.body["user"]["login"]) == (
        201,
        1,
        "github-actions[bot]",
    )
    assert [(issue["state"], issue["comments"]) for issue in found] == [("closed", 1)]
    assert asked("GET", "/repos/acme/app/issues").body == []


def test_anyone_reads_a_public_repositorys_issues(acme: GitHubSandbox) -> None:
    assert RawClient(acme.url)("GET", "/repos/acme/site/issues").body == []
    assert RawClient(acme.url)("GET", "/repos/acme/app/issues").status == 404


def test_an_issue_is_not_opened_without_leave(acme: GitHubSandbox) -> None:
    body = {"title": "Title"}
    fine = RawClient(acme.url, acme.add_token("fine-grained", owner="mona", resource_owner="acme"))
    answers = [
        RawClient(acme.url)("POST", "/repos/acme/site/issues", body),
        person(acme, "mona")("POST", "/repos/acme/site/issues", body),
        fine("POST", "/repos/acme/site/issues", body),
        workflow(acme)("POST", "/repos/acme/site/issues", body),
    ]
    assert [answer.status for answer in answers] == [401, 404, 403, 403]
    assert RawClient(acme.url)("GET", "/repos/acme/site/issues").body == []
