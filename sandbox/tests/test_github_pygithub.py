"""PyGithub, the second client, works against the sandbox's GitHub."""

from datetime import UTC, datetime

import pytest
from github import Auth, Github, GithubException, GithubIntegration
from sandbox.github.control import GitHubSandbox


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository("acme/app")
    return github


def client(sandbox: GitHubSandbox, token: str) -> Github:
    return Github(
        auth=Auth.Token(token),
        base_url=sandbox.url,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


def test_a_person_reads_accounts_and_repositories(acme: GitHubSandbox) -> None:
    token = acme.add_token("classic", owner="mona", scopes=["repo", "read:org"])
    with client(acme, token) as github:
        repository = github.get_repo("acme/app")
        seen = (
            github.get_user().login,
            github.get_organization("acme").login,
            github.get_user("mona").type,
            (repository.full_name, repository.visibility, repository.owner.type, repository.private),
            github.get_rate_limit().rate.limit,
        )
    assert seen == ("mona", "acme", "User", ("acme/app", "private", "Organization", True), 5000)


def test_the_requester_reaches_codespaces_secrets(acme: GitHubSandbox) -> None:
    acme.add_secret("repository", "acme/app", "NAME", updated_at=datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC))
    token = acme.add_token("classic", owner="mona", scopes=["repo"])
    with client(acme, token) as github:
        _, listed = github.requester.requestJsonAndCheck("GET", "/repos/acme/app/codespaces/secrets")
    secret = {
        "name": "NAME",
        "created_at": "2025-02-03T04:05:06Z",
        "updated_at": "2025-02-03T04:05:06Z",
    }
    assert (listed["total_count"], listed["secrets"]) == (1, [secret])


def test_actions_secrets_are_listed_with_those_of_the_organization(acme: GitHubSandbox) -> None:
    acme.add_secret("repository", "acme/app", "OWN", application="actions")
    acme.add_secret("organization", "acme", "SHARED", visibility="private", application="actions")
    acme.add_secret("organization", "acme", "OTHERS", visibility="selected", application="actions")
    token = acme.add_token("classic", owner="mona", scopes=["repo"])
    with client(acme, token) as github:
        repository = github.get_repo("acme/app")
        own = [secret.name for secret in repository.get_secrets()]
        _, shared = github.requester.requestJsonAndCheck(
            "GET", f"{repository.url}/actions/organization-secrets"
        )
    assert (own, [secret["name"] for secret in shared["secrets"]]) == (["OWN"], ["SHARED"])


def test_an_issue_is_opened_commented_found_and_closed(acme: GitHubSandbox) -> None:
    token = acme.add_token("classic", owner="mona", scopes=["repo"])
    with client(acme, token) as github:
        repository = github.get_repo("acme/app")
        issue = repository.create_issue("Codespaces will not start", "Body", labels=["crreg"])
        issue.create_comment("Still so.")
        found = [(each.number, each.title, each.comments) for each in repository.get_issues(labels=["crreg"])]
        comments = [(each.user.login, each.body) for each in issue.get_comments()]
        issue.edit(state="closed", body="Repaired")
        left = list(repository.get_issues())
        closed = repository.get_issue(1)
    assert found == [(1, "Codespaces will not start", 1)]
    assert comments == [("mona", "Still so.")]
    assert left == []
    assert (closed.state, closed.body, [label.name for label in closed.labels]) == (
        "closed",
        "Repaired",
        ["crreg"],
    )


def test_packages_and_their_versions_are_listed(acme: GitHubSandbox) -> None:
    acme.add_package(
        "acme",
        "dev/base",
        visibility="internal",
        repository="acme/app",
        tags={f"sha256:{'0' * 64}": [], f"sha256:{'1' * 64}": ["1", "latest"]},
    )
    token = acme.add_token("classic", owner="mona", scopes=["read:packages"])
    with client(acme, token) as github:
        requester = github.requester
        _, listed = requester.requestJsonAndCheck("GET", "/orgs/acme/packages?package_type=container")
        _, one = requester.requestJsonAndCheck("GET", "/orgs/acme/packages/container/dev%2Fbase")
        _, versions = requester.requestJsonAndCheck(
            "GET", "/orgs/acme/packages/container/dev%2Fbase/versions"
        )
    assert [(each["name"], each["visibility"]) for each in listed] == [("dev/base", "internal")]
    assert (one["repository"]["full_name"], one["version_count"]) == ("acme/app", 2)
    assert [each["metadata"]["container"]["tags"] for each in versions] == [["1", "latest"], []]


def test_an_app_gets_a_token_of_its_installation(acme: GitHubSandbox) -> None:
    acme.add_repository("acme/other")
    acme.add_secret("repository", "acme/app", "NAME")
    app = acme.add_app("checker", owner="acme", permissions={"codespaces_secrets": "read"})
    installed = acme.add_installation(app, "acme", repositories=["acme/app"])
    with GithubIntegration(
        auth=Auth.AppAuth(app.id, app.private_key),
        base_url=acme.url,
        retry=None,
        seconds_between_requests=None,
    ) as integration:
        assert integration.get_app().slug == "checker"
        assert integration.get_repo_installation("acme", "app").id == installed
        assert integration.get_org_installation("acme").id == installed
        assert [each.id for each in integration.get_installations()] == [installed]
        token = integration.get_access_token(installed).token
    with client(acme, token) as github:
        _, listed = github.requester.requestJsonAndCheck("GET", "/repos/acme/app/codespaces/secrets")
        with pytest.raises(GithubException) as refused:
            github.get_repo("acme/other")
    assert [secret["name"] for secret in listed["secrets"]] == ["NAME"]
    assert refused.value.status == 404


def test_a_stranger_to_the_app_is_not_believed(acme: GitHubSandbox) -> None:
    app = acme.add_app("checker", owner="acme", permissions={})
    stranger = acme.add_app("stranger", owner="acme", permissions={})
    with (
        GithubIntegration(
            auth=Auth.AppAuth(app.id, stranger.private_key),
            base_url=acme.url,
            retry=None,
            seconds_between_requests=None,
        ) as integration,
        pytest.raises(GithubException) as refused,
    ):
        integration.get_app()
    assert (refused.value.status, refused.value.message) == (401, "A JSON web token could not be decoded")
