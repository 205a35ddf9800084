"""Each kind of token gets the answer that GitHub gives it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sandbox.github.control import GitHubSandbox
from sandbox.github.raw import RawClient

NO_ADMIN = "Must have admin rights to Repository."
BY_TOKEN = "Resource not accessible by personal access token"
BY_INTEGRATION = "Resource not accessible by integration"

REPOSITORY = "/repos/acme/app/codespaces/secrets"
PUBLIC = "/repos/acme/site/codespaces/secrets"
ORGANIZATION = "/orgs/acme/codespaces/secrets"
USER = "/user/codespaces/secrets"


@dataclass(frozen=True)
class Tokens:
    """One token of each kind, by name; None for no token."""

    by_name: dict[str, str | None]

    def client(self, url: str, name: str) -> RawClient:
        return RawClient(url, self.by_name[name])


@pytest.fixture
def tokens(github: GitHubSandbox) -> Tokens:
    for login in ("mona", "hubot", "stranger"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_organization("poor", members={"mona": "admin"}, plan="free")
    github.add_repository("acme/app")
    github.add_repository("acme/other")
    github.add_repository("acme/site", visibility="public")
    everything = ["repo", "admin:org", "codespace:secrets"]
    expired = datetime.now(UTC) - timedelta(seconds=1)
    return Tokens(
        {
            "none": None,
            "unknown": "ghp_unknown",
            "expired": github.add_token("classic", owner="mona", scopes=everything, expires_at=expired),
            "owner": github.add_token("classic", owner="mona", scopes=everything),
            "member": github.add_token("classic", owner="hubot", scopes=everything),
            "stranger": github.add_token("classic", owner="stranger", scopes=everything),
            "scopeless": github.add_token("classic", owner="mona"),
            "repo": github.add_token("classic", owner="mona", scopes=["repo"]),
            "fine": github.add_token(
                "fine-grained",
                owner="mona",
                permissions={"codespaces_secrets": "read", "organization_codespaces_secrets": "read"},
                resource_owner="acme",
                repositories=["acme/app"],
            ),
            "fine-bare": github.add_token("fine-grained", owner="mona", resource_owner="acme"),
            "fine-user": github.add_token(
                "fine-grained", owner="mona", permissions={"codespaces_user_secrets": "write"}
            ),
            "installation": github.add_token(
                "installation",
                permissions={"codespaces_secrets": "write", "organization_codespaces_secrets": "write"},
                resource_owner="acme",
                repositories=["acme/app"],
            ),
            "workflow": github.add_token(
                "workflow",
                permissions={"contents": "read"},
                resource_owner="acme",
                repositories=["acme/app"],
            ),
        }
    )


@pytest.mark.parametrize(
    ("token", "path", "status", "message"),
    [
        ("none", "/repos/acme/app", 404, "Not Found"),
        ("none", REPOSITORY, 404, "Not Found"),
        ("none", PUBLIC, 401, "Requires authentication"),
        ("none", ORGANIZATION, 401, "Requires authentication"),
        ("none", USER, 401, "Requires authentication"),
        ("unknown", "/repos/acme/site", 401, "Bad credentials"),
        ("expired", "/user", 401, "Bad credentials"),
        ("stranger", "/repos/acme/app", 404, "Not Found"),
        ("stranger", REPOSITORY, 404, "Not Found"),
        ("stranger", PUBLIC, 403, NO_ADMIN),
        ("stranger", ORGANIZATION, 404, "Not Found"),
        ("member", REPOSITORY, 403, NO_ADMIN),
        ("member", ORGANIZATION, 403, NO_ADMIN),
        ("scopeless", "/repos/acme/app", 404, "Not Found"),
        ("scopeless", REPOSITORY, 404, "Not Found"),
        ("scopeless", PUBLIC, 403, NO_ADMIN),
        ("scopeless", ORGANIZATION, 403, NO_ADMIN),
        ("scopeless", USER, 403, NO_ADMIN),
        ("repo", ORGANIZATION, 403, NO_ADMIN),
        ("repo", USER, 403, NO_ADMIN),
        ("owner", "/orgs/poor/codespaces/secrets", 404, "Not Found"),
        ("owner", "/orgs/nobody/codespaces/secrets", 404, "Not Found"),
        ("owner", "/repos/acme/nothing/codespaces/secrets", 404, "Not Found"),
        ("fine", "/repos/acme/other", 404, "Not Found"),
        ("fine", PUBLIC, 403, BY_TOKEN),
        ("fine", USER, 403, BY_TOKEN),
        ("fine-bare", REPOSITORY, 403, BY_TOKEN),
        ("fine-bare", ORGANIZATION, 403, BY_TOKEN),
        ("fine-user", ORGANIZATION, 403, BY_TOKEN),
        ("fine-user", REPOSITORY, 404, "Not Found"),
        ("installation", "/repos/acme/other", 404, "Not Found"),
        ("installation", USER, 403, BY_INTEGRATION),
        ("installation", "/user", 403, BY_INTEGRATION),
        ("workflow", REPOSITORY, 403, BY_INTEGRATION),
        ("workflow", ORGANIZATION, 403, BY_INTEGRATION),
        ("workflow", USER, 403, BY_INTEGRATION),
        ("workflow", "/repos/acme/other", 404, "Not Found"),
        ("owner", "/app", 401, "A JSON web token could not be decoded"),
    ],
)
def test_a_token_is_refused_what_it_may_not(
    github: GitHubSandbox, tokens: Tokens, *, token: str, path: str, status: int, message: str
) -> None:
    answer = tokens.client(github.url, token)("GET", path)
    assert (answer.status, answer.body["message"]) == (status, message)


@pytest.mark.parametrize(
    ("token", "path"),
    [
        ("none", "/repos/acme/site"),
        ("none", "/orgs/acme"),
        ("owner", REPOSITORY),
        ("owner", ORGANIZATION),
        ("owner", USER),
        ("repo", REPOSITORY),
        ("fine", REPOSITORY),
        ("fine", ORGANIZATION),
        ("fine-user", USER),
        ("installation", REPOSITORY),
        ("installation", ORGANIZATION),
        ("workflow", "/repos/acme/app"),
        ("member", "/repos/acme/app"),
    ],
)
def test_a_token_gets_what_it_may(github: GitHubSandbox, tokens: Tokens, token: str, path: str) -> None:
    assert tokens.client(github.url, token)("GET", path).status == 200


def test_a_permission_to_read_is_none_to_write(github: GitHubSandbox, tokens: Tokens) -> None:
    client = tokens.client(github.url, "fine")
    body = client.sealed(REPOSITORY, b"value")
    answer = client("PUT", f"{REPOSITORY}/NAME", body)
    assert (answer.status, answer.body["message"]) == (403, BY_TOKEN)
    assert github.secret("repository", "acme/app", "NAME") is None


def test_the_headers_tell_a_classic_tokens_scopes_and_those_it_needs(
    github: GitHubSandbox, tokens: Tokens
) -> None:
    headers = tokens.client(github.url, "repo")("GET", USER).headers
    scopes = (headers["x-oauth-scopes"], headers["x-accepted-oauth-scopes"])
    assert scopes == ("repo", "codespace, codespace:secrets")


@pytest.mark.parametrize("token", ["fine-bare", "workflow"])
def test_the_headers_tell_other_tokens_the_permission_they_need(
    github: GitHubSandbox, tokens: Tokens, token: str
) -> None:
    headers = tokens.client(github.url, token)("GET", ORGANIZATION).headers
    assert headers["x-accepted-github-permissions"] == "organization_codespaces_secrets=read"
    assert "x-oauth-scopes" not in headers


def test_the_headers_tell_when_a_token_expires(github: GitHubSandbox) -> None:
    github.add_user("mona")
    moment = datetime(2999, 12, 31, 23, 59, 58, tzinfo=UTC)
    token = github.add_token("fine-grained", owner="mona", expires_at=moment)
    headers = RawClient(github.url, token)("GET", "/user").headers
    assert headers["github-authentication-token-expiration"] == "2999-12-31 23:59:58 UTC"


def test_a_revoked_token_is_a_bad_credential(github: GitHubSandbox, tokens: Tokens) -> None:
    client = tokens.client(github.url, "owner")
    assert client("GET", "/user").status == 200
    assert client.token is not None
    github.revoke_token(client.token)
    assert client("GET", "/user").status == 401


@pytest.mark.parametrize("path", ["/repos/strict/app", "/orgs/strict/codespaces/secrets"])
def test_an_organization_with_saml_refuses_a_token_that_was_not_authorised(
    github: GitHubSandbox, path: str
) -> None:
    github.add_user("mona")
    github.add_organization("strict", members={"mona": "admin"}, saml=True)
    github.add_repository("strict/app")
    scopes = ("repo", "admin:org")
    unknown = RawClient(github.url, github.add_token("classic", owner="mona", scopes=scopes))("GET", path)
    token = github.add_token("classic", owner="mona", scopes=scopes, single_sign_on=["strict"])
    assert unknown.status == 403
    assert unknown.body["message"].startswith("Resource protected by organization SAML enforcement.")
    assert unknown.headers["x-github-sso"].startswith("required; url=https://github.com/orgs/strict/sso?")
    assert RawClient(github.url, token)("GET", path).status == 200


def test_an_organization_may_admit_no_classic_token(github: GitHubSandbox) -> None:
    github.add_user("mona")
    github.add_organization("strict", members={"mona": "admin"}, forbids_classic=True)
    github.add_repository("strict/app")
    classic = github.add_token("classic", owner="mona", scopes=["repo"])
    fine = github.add_token("fine-grained", owner="mona", resource_owner="strict")
    answer = RawClient(github.url, classic)("GET", "/repos/strict/app")
    assert answer.status == 403
    assert answer.body["message"].startswith("`strict` forbids access via a personal access token (classic).")
    assert RawClient(github.url, fine)("GET", "/repos/strict/app").status == 200
