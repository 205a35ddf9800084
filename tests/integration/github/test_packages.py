"""Container packages, read from a GitHub that refuses as the real one does."""

import pytest
from sandbox.github.control import GitHubSandbox

from crreg.github.client import GitHub
from crreg.github.package import Package, PackageStatus
from crreg.github.packages import read_package
from crreg.net.deadline import Deadline


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    for login in ("mona", "hubot"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository("acme/app")
    github.add_package("acme", "dev/base", repository="acme/app")
    github.add_package("acme", "alone", visibility="internal")
    github.add_package("hubot", "open", visibility="public")
    github.forget()
    return github


def classic(github: GitHubSandbox, *scopes: str) -> str:
    return github.add_token("classic", owner="mona", scopes=scopes or ("read:packages",))


def read(
    github: GitHubSandbox, token: str, owner: str, name: str, *, organization: bool | None = None
) -> Package:
    client = GitHub.with_token(token, api_url=github.url, deadline=Deadline.after(30), say=lambda _: None)
    try:
        return read_package(client, owner, name, owner_is_organization=organization)
    finally:
        client.close()


def asked(github: GitHubSandbox) -> list[str]:
    return [request.path for request in github.requests()]


def test_a_package_is_found_with_one_request_by_its_encoded_name(acme: GitHubSandbox) -> None:
    found = read(acme, classic(acme), "acme", "dev/base", organization=True)
    assert found == Package(
        "acme", "dev/base", PackageStatus.FOUND, "private", "acme/app", owner_is_organization=True
    )
    assert asked(acme) == ["/orgs/acme/packages/container/dev%2Fbase"]
    assert acme.violations() == []


def test_a_package_of_no_repository_is_linked_to_none(acme: GitHubSandbox) -> None:
    found = read(acme, classic(acme), "acme", "alone", organization=True)
    assert found == Package(
        "acme", "alone", PackageStatus.FOUND, "internal", None, owner_is_organization=True
    )


def test_an_owner_of_either_kind_is_asked_as_an_organization_first(acme: GitHubSandbox) -> None:
    token = classic(acme)
    known = read(acme, token, "hubot", "open", organization=False)
    guessed = read(acme, token, "hubot", "open")
    read(acme, token, "acme", "alone")
    assert known == guessed
    assert known == Package("hubot", "open", PackageStatus.FOUND, "public", None, owner_is_organization=False)
    assert asked(acme) == [
        "/users/hubot/packages/container/open",
        "/orgs/hubot/packages/container/open",
        "/users/hubot/packages/container/open",
        "/orgs/acme/packages/container/alone",
    ]


def test_a_package_that_is_not_there_or_not_shown_is_absent(acme: GitHubSandbox) -> None:
    workflow = acme.add_token(
        "workflow", permissions={"packages": "read"}, resource_owner="acme", repositories=["acme/app"]
    )
    nowhere = read(acme, classic(acme), "acme", "none", organization=True)
    hidden = read(acme, workflow, "acme", "alone", organization=True)
    assert nowhere == Package(
        "acme",
        "none",
        PackageStatus.ABSENT,
        detail='GitHub answered 404 ("Package not found.").',
        permission="scope `read:packages`",
    )
    assert (hidden.status, "packages: read" in hidden.permission) == (PackageStatus.ABSENT, True)


def test_a_workflows_token_reads_the_package_of_its_repository(acme: GitHubSandbox) -> None:
    workflow = acme.add_token(
        "workflow", permissions={"packages": "read"}, resource_owner="acme", repositories=["acme/app"]
    )
    found = read(acme, workflow, "acme", "dev/base", organization=True)
    assert (found.status, found.repository) == (PackageStatus.FOUND, "acme/app")


def test_a_token_of_the_wrong_kind_or_scope_is_told_what_it_needs(acme: GitHubSandbox) -> None:
    fine = acme.add_token("fine-grained", owner="mona", resource_owner="acme")
    answers = [
        read(acme, classic(acme, "repo"), "acme", "dev/base"),
        read(acme, fine, "acme", "dev/base"),
        read(acme, "ghp_0000000000000000000000000000000000000", "acme", "dev/base"),
    ]
    assert [(answer.status, answer.permission) for answer in answers] == [
        (PackageStatus.UNREADABLE, "scope `read:packages`"),
        (
            PackageStatus.UNREADABLE,
            (
                "a classic personal access token with scope `read:packages`, since GitHub Packages does not "
                "accept fine-grained tokens"
            ),
        ),
        (PackageStatus.UNREADABLE, "scope `read:packages`"),
    ]
    assert [answer.detail for answer in answers[:2]] == [
        'GitHub answered 403 ("You need at least read:packages scope to get a package.").',
        'GitHub answered 403 ("Resource not accessible by personal access token").',
    ]
    assert len(asked(acme)) == 3


def test_a_github_that_keeps_failing_is_unreachable(acme: GitHubSandbox) -> None:
    acme.fail(500, requests=10, path="/packages/")
    found = read(acme, classic(acme), "acme", "dev/base", organization=True)
    assert (found.status, found.visibility) == (PackageStatus.UNREACHABLE, None)
    assert "500" in found.detail
