"""A GitHub App's JSON Web Token is checked as GitHub checks it, and its installation's token is narrowed."""

import time
from typing import Any

import jwt
import pytest
from sandbox.github.control import GitHubApp, GitHubSandbox
from sandbox.github.raw import RawAnswer, RawClient


@pytest.fixture
def app(github: GitHubSandbox) -> GitHubApp:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    for name in ("app", "api", "web"):
        github.add_repository(f"acme/{name}")
    return github.add_app(
        "checker", owner="acme", permissions={"codespaces_secrets": "write", "issues": "read"}
    )


def ask(github: GitHubSandbox, app: GitHubApp, path: str = "/app", **claims: Any) -> RawAnswer:
    """A request signed by the App; a claim that is None is left out."""
    now = int(time.time())
    given = {"iat": now - 30, "exp": now + 300, "iss": str(app.id)} | claims
    sent = {name: value for name, value in given.items() if value is not None}
    return RawClient(github.url, jwt.encode(sent, app.private_key, "RS256"))("GET", path)


@pytest.mark.parametrize(("iat", "exp"), [(-60, 1), (-60, 540), (0, 600), (30, 300)])
def test_a_token_of_at_most_ten_minutes_is_good(
    github: GitHubSandbox, app: GitHubApp, iat: int, exp: int
) -> None:
    now = int(time.time())
    assert ask(github, app, iat=now + iat, exp=now + exp + 2).status == 200


def test_the_issuer_may_be_the_apps_client_id(github: GitHubSandbox, app: GitHubApp) -> None:
    client_id = ask(github, app).body["client_id"]
    assert ask(github, app, iss=client_id).body["slug"] == "checker"


@pytest.mark.parametrize(
    ("claims", "status", "message"),
    [
        (
            {"exp": -10},
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future",
        ),
        ({"exp": 3600}, 401, "'Expiration time' claim ('exp') is too far in the future"),
        (
            {"exp": None},
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future",
        ),
        ({"iat": 300}, 401, "'Issued at' claim ('iat') must be an Integer representing the time"),
    ],
)
def test_a_token_whose_times_are_wrong_is_refused(
    github: GitHubSandbox, app: GitHubApp, *, claims: dict[str, int | None], status: int, message: str
) -> None:
    now = int(time.time())
    moments: dict[str, Any] = {
        name: None if offset is None else now + offset for name, offset in claims.items()
    }
    answer = ask(github, app, **moments)
    assert answer.status == status
    assert answer.body["message"].startswith(message)


@pytest.mark.parametrize(
    ("issuer", "status", "message"),
    [("1", 404, "Integration not found"), (None, 401, "'Issuer' claim ('iss') must be an Integer")],
)
def test_a_token_of_an_unknown_app_is_refused(
    github: GitHubSandbox, app: GitHubApp, *, issuer: str | None, status: int, message: str
) -> None:
    answer = ask(github, app, iss=issuer)
    assert (answer.status, answer.body["message"]) == (status, message)


def test_a_token_that_the_app_did_not_sign_is_refused(github: GitHubSandbox, app: GitHubApp) -> None:
    other = github.add_app("other", owner="acme", permissions={})
    answer = ask(github, GitHubApp(app.id, other.private_key))
    assert (answer.status, answer.body["message"]) == (401, "A JSON web token could not be decoded")


def test_a_shared_secret_is_no_signature(github: GitHubSandbox, app: GitHubApp) -> None:
    now = int(time.time())
    claims = {"iat": now, "exp": now + 60, "iss": str(app.id)}
    token = jwt.encode(claims, "a shared secret of more than 32 bytes", "HS256")
    assert RawClient(github.url, token)("GET", "/app").status == 401


def test_an_apps_own_token_is_good_for_nothing_else(github: GitHubSandbox, app: GitHubApp) -> None:
    assert ask(github, app, "/repos/acme/app/codespaces/secrets").status == 403


def test_an_app_that_is_not_installed_is_not_found(github: GitHubSandbox, app: GitHubApp) -> None:
    github.add_installation(app, "acme", repositories=["acme/app"])
    paths = ("/orgs/acme/installation", "/repos/acme/app/installation", "/repos/acme/web/installation")
    assert [ask(github, app, path).status for path in paths] == [200, 200, 404]
    assert ask(github, app, "/users/mona/installation").status == 404


def narrowed(github: GitHubSandbox, app: GitHubApp, body: dict[str, Any]) -> RawAnswer:
    installation = github.add_installation(app, "acme", repositories=["acme/app", "acme/api"])
    now = int(time.time())
    signed = jwt.encode({"iat": now - 5, "exp": now + 60, "iss": str(app.id)}, app.private_key, "RS256")
    return RawClient(github.url, signed)("POST", f"/app/installations/{installation}/access_tokens", body)


def test_a_token_can_be_narrowed_to_repositories_and_permissions(
    github: GitHubSandbox, app: GitHubApp
) -> None:
    body = {"repositories": ["api"], "permissions": {"codespaces_secrets": "read"}}
    created = narrowed(github, app, body)
    client = RawClient(github.url, created.body["token"])
    seen = [client("GET", f"/repos/acme/{name}/codespaces/secrets").status for name in ("api", "app")]
    listed = client("GET", "/installation/repositories").body
    assert (created.status, created.body["permissions"]) == (201, {"codespaces_secrets": "read"})
    assert seen == [200, 404]
    assert [repository["full_name"] for repository in listed["repositories"]] == ["acme/api"]
    assert client("GET", "/repos/acme/api/issues").status == 403


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"permissions": {"secrets": "read"}},
            "The permissions requested are not granted to this installation.",
        ),
        (
            {"permissions": {"issues": "write"}},
            "The permissions requested are not granted to this installation.",
        ),
        (
            {"repositories": ["web"]},
            "There is at least one repository that does not exist or is not accessible",
        ),
        (
            {"repository_ids": [1]},
            "There is at least one repository that does not exist or is not accessible",
        ),
    ],
)
def test_a_token_cannot_be_widened(
    github: GitHubSandbox, app: GitHubApp, body: dict[str, Any], message: str
) -> None:
    answer = narrowed(github, app, body)
    assert answer.status == 422
    assert answer.body["message"].startswith(message)
