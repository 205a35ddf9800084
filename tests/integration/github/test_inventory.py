"""The inventory, read from a GitHub that refuses as the real one does."""

from datetime import UTC, datetime

import pytest
from sandbox import faults
from sandbox.faults import FaultProxy
from sandbox.github.control import GitHubSandbox

from crreg.github import transport
from crreg.github.app import installation_token
from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError, Reason
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.github.secrets import read_inventory
from crreg.net.deadline import Deadline
from crreg.triple import parse_name

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EVERYTHING = ("repo", "admin:org", "codespace:secrets")


def client(
    github: GitHubSandbox, token: str, *, seconds: float = 30, said: list[str] | None = None
) -> GitHub:
    say = said.append if said is not None else lambda _: None
    return GitHub.with_token(token, api_url=github.url, deadline=Deadline.after(seconds), say=say)


def inventory(
    github: GitHubSandbox, token: str, repository: str = "acme/app", *, actions_secrets: bool = False
) -> Inventory:
    return read_inventory(
        client(github, token),
        repository,
        relevant=lambda name: parse_name(name) is not None,
        actions_secrets=actions_secrets,
    )


@pytest.fixture
def acme(github: GitHubSandbox) -> GitHubSandbox:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository("acme/app")
    return github


def classic(github: GitHubSandbox, *scopes: str) -> str:
    return github.add_token("classic", owner="mona", scopes=scopes or EVERYTHING)


def levels(found: Inventory) -> dict[Level, LevelInventory]:
    return {level.level: level for level in found.levels}


def test_a_former_name_lists_every_page_once(acme: GitHubSandbox) -> None:
    names = [f"NAME_{number:03}" for number in range(99)]
    acme.add_secret("repository", "acme/app", "ACR_CONTAINER_REGISTRY_USER")
    for name in names:
        acme.add_secret("repository", "acme/app", name)
    acme.repositories.rename("acme/app", "web")
    listed = levels(inventory(acme, classic(acme)))[Level.REPOSITORY]
    assert [secret.name for secret in listed.secrets] == ["ACR_CONTAINER_REGISTRY_USER", *names]


def test_secrets_of_all_levels_are_listed_with_their_assignment(acme: GitHubSandbox) -> None:
    acme.add_repository("acme/other")
    acme.add_secret("repository", "acme/app", "ACR_CONTAINER_REGISTRY_USER", updated_at=MOMENT)
    acme.add_secret(
        "organization", "acme", "ACR_CONTAINER_REGISTRY_SERVER", visibility="all", updated_at=MOMENT
    )
    acme.add_secret(
        "organization",
        "acme",
        "ACR_CONTAINER_REGISTRY_PASSWORD",
        repositories=["acme/other"],
        updated_at=MOMENT,
    )
    acme.add_secret(
        "user", "mona", "HUB_CONTAINER_REGISTRY_USER", repositories=["acme/app"], updated_at=MOMENT
    )
    acme.add_secret("user", "mona", "UNRELATED", repositories=["acme/other"], updated_at=MOMENT)
    found = inventory(acme, classic(acme))
    assert found.repository == Repository(
        "acme/app",
        found.repository.id if found.repository else 0,
        "private",
        "acme",
        owner_is_organization=True,
        may_write=True,
    )
    assert found.levels == (
        LevelInventory(
            Level.USER,
            LevelStatus.LISTED,
            (
                Secret(
                    "HUB_CONTAINER_REGISTRY_USER",
                    Level.USER,
                    MOMENT,
                    "selected",
                    assigned=True,
                    readers=("acme/app",),
                    created_at=MOMENT,
                ),
                Secret("UNRELATED", Level.USER, MOMENT, "selected", assigned=None, created_at=MOMENT),
            ),
        ),
        LevelInventory(
            Level.REPOSITORY,
            LevelStatus.LISTED,
            (
                Secret(
                    "ACR_CONTAINER_REGISTRY_USER",
                    Level.REPOSITORY,
                    MOMENT,
                    None,
                    assigned=True,
                    created_at=MOMENT,
                ),
            ),
        ),
        LevelInventory(
            Level.ORGANIZATION,
            LevelStatus.LISTED,
            (
                Secret(
                    "ACR_CONTAINER_REGISTRY_PASSWORD",
                    Level.ORGANIZATION,
                    MOMENT,
                    "selected",
                    assigned=False,
                    readers=("acme/other",),
                    created_at=MOMENT,
                ),
                Secret(
                    "ACR_CONTAINER_REGISTRY_SERVER",
                    Level.ORGANIZATION,
                    MOMENT,
                    "all",
                    assigned=True,
                    created_at=MOMENT,
                ),
            ),
        ),
    )


def test_requests_are_the_repository_one_list_a_level_and_one_for_each_selected_part(
    acme: GitHubSandbox,
) -> None:
    for part in ("SERVER", "USER", "PASSWORD"):
        acme.add_secret("organization", "acme", f"ACR_CONTAINER_REGISTRY_{part}", repositories=["acme/app"])
        acme.add_secret("repository", "acme/app", f"HUB_CONTAINER_REGISTRY_{part}")
    acme.add_secret("organization", "acme", "UNRELATED", repositories=["acme/app"])
    acme.add_secret("organization", "acme", "ALL_CONTAINER_REGISTRY_USER", visibility="all")
    token = classic(acme)
    acme.forget()
    inventory(acme, token)
    assert sorted(request.path for request in acme.requests()) == [
        "/orgs/acme/codespaces/secrets",
        "/orgs/acme/codespaces/secrets/ACR_CONTAINER_REGISTRY_PASSWORD/repositories",
        "/orgs/acme/codespaces/secrets/ACR_CONTAINER_REGISTRY_SERVER/repositories",
        "/orgs/acme/codespaces/secrets/ACR_CONTAINER_REGISTRY_USER/repositories",
        "/repos/acme/app",
        "/repos/acme/app/codespaces/secrets",
        "/user/codespaces/secrets",
    ]


def test_a_repository_beyond_the_first_page_of_a_selected_list_is_found(acme: GitHubSandbox) -> None:
    names = [f"acme/r{number}" for number in range(120)]
    for name in names:
        acme.add_repository(name)
    acme.add_secret("organization", "acme", "ACR_CONTAINER_REGISTRY_USER", repositories=names)
    token = classic(acme)
    [secret] = levels(inventory(acme, token, names[-1]))[Level.ORGANIZATION].secrets
    assert secret.assigned is True
    [secret] = levels(inventory(acme, token, "acme/app"))[Level.ORGANIZATION].secrets
    assert secret.assigned is False


def test_a_private_visibility_leaves_out_a_public_repository(acme: GitHubSandbox) -> None:
    acme.add_repository("acme/site", visibility="public")
    acme.add_secret("organization", "acme", "ACR_CONTAINER_REGISTRY_USER", visibility="private")
    token = classic(acme)
    assert [
        levels(inventory(acme, token, name))[Level.ORGANIZATION].secrets[0].assigned
        for name in ("acme/app", "acme/site")
    ] == [True, False]


def test_a_level_that_the_token_may_not_list_names_the_permission_and_the_rest_goes_on(
    acme: GitHubSandbox,
) -> None:
    found = levels(inventory(acme, classic(acme, "repo")))
    assert {level: found[level].status for level in Level} == {
        Level.USER: LevelStatus.UNREADABLE,
        Level.REPOSITORY: LevelStatus.LISTED,
        Level.ORGANIZATION: LevelStatus.UNREADABLE,
    }
    assert found[Level.USER].permission == "scope `codespace:secrets`"
    assert found[Level.ORGANIZATION].permission == "scope `admin:org`"


def test_a_fine_grained_token_is_told_its_permission_in_the_words_of_its_settings(
    acme: GitHubSandbox,
) -> None:
    token = acme.add_token(
        "fine-grained", owner="mona", resource_owner="acme", permissions={"metadata": "read"}
    )
    found = levels(inventory(acme, token))
    assert found[Level.REPOSITORY].status is LevelStatus.UNREADABLE
    assert found[Level.REPOSITORY].permission == 'repository permission "Codespaces secrets" (read and write)'


def test_the_workflows_token_is_told_that_it_can_be_given_no_access(acme: GitHubSandbox) -> None:
    token = acme.add_token("workflow", resource_owner="acme", repositories=["acme/app"])
    found = levels(inventory(acme, token))
    assert found[Level.REPOSITORY].status is LevelStatus.UNREADABLE
    assert "GITHUB_TOKEN can't access Codespaces secrets" in found[Level.REPOSITORY].detail
    assert "or a GitHub App (inputs" in found[Level.REPOSITORY].detail
    assert found[Level.USER].status is LevelStatus.ABSENT


def test_a_person_owns_no_organization_level(github: GitHubSandbox) -> None:
    github.add_user("mona")
    github.add_repository("mona/app")
    found = levels(inventory(github, classic(github), "mona/app"))
    assert found[Level.ORGANIZATION].status is LevelStatus.ABSENT
    assert not any(request.path.startswith("/orgs/") for request in github.requests())


def test_a_token_that_github_does_not_know_is_called_so(acme: GitHubSandbox) -> None:
    found = inventory(acme, "ghp_0000000000000000000000000000000000000")
    assert found.repository is None
    assert found.detail.startswith("GitHub does not accept the token (401)")


def test_a_repository_that_the_token_does_not_see_is_called_so(acme: GitHubSandbox) -> None:
    found = inventory(acme, classic(acme), "acme/none")
    assert found.repository is None
    assert found.detail.startswith(
        'GitHub answered 404 ("Not Found"): acme/none does not exist, or the token'
    )


def test_actions_secrets_are_listed_when_asked_for(acme: GitHubSandbox) -> None:
    acme.add_secret("repository", "acme/app", "ACR_CONTAINER_REGISTRY_USER")
    acme.add_secret("repository", "acme/app", "SOME", application="actions", updated_at=MOMENT)
    assert inventory(acme, classic(acme), actions_secrets=True).actions_secrets == (("SOME", MOMENT),)
    assert inventory(acme, classic(acme)).actions_secrets is None


def test_actions_secrets_are_not_listed_where_there_is_no_codespaces_secret_to_compare_them_with(
    acme: GitHubSandbox,
) -> None:
    acme.add_secret("repository", "acme/app", "SOME")
    acme.add_secret("repository", "acme/app", "SOME", application="actions", updated_at=MOMENT)
    assert inventory(acme, classic(acme), actions_secrets=True).actions_secrets is None
    assert not any("/actions/" in request.path for request in acme.requests())


def test_a_secondary_limit_is_waited_out_and_said(acme: GitHubSandbox) -> None:
    acme.add_secret("repository", "acme/app", "ACR_CONTAINER_REGISTRY_USER")
    token = classic(acme)
    acme.limit("secondary", requests=1, retry_after=1, path="/repos/acme/app/codespaces/secrets")
    said: list[str] = []
    found = read_inventory(client(acme, token, said=said), "acme/app", relevant=lambda _: False)
    assert levels(found)[Level.REPOSITORY].status is LevelStatus.LISTED
    assert said == ["Waiting 1 s, as GitHub asked (rate limit or overload)."]


def test_a_wait_that_github_did_not_ask_for_is_not_called_its_wish(
    acme: GitHubSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "pauses", lambda: iter([1.0]))
    said: list[str] = []
    with FaultProxy(acme.url) as proxy:
        proxy.go_wrong(faults.RESET, times=1)
        github = GitHub.with_token(
            classic(acme), api_url=proxy.url, deadline=Deadline.after(30), say=said.append
        )
        github.get("/repos/acme/app")
        github.close()
    assert said == ["Waiting 1 s, since GitHub failed or broke off."]


def test_a_limit_that_lasts_longer_than_the_run_is_told_and_not_waited_for(acme: GitHubSandbox) -> None:
    token = classic(acme)
    acme.limit("primary", requests=50, retry_after=3600, path="/codespaces/secrets")
    found = levels(inventory(acme, token))
    assert found[Level.REPOSITORY].status is LevelStatus.UNREACHABLE
    assert "asks crreg to wait" in found[Level.REPOSITORY].detail


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_failure_that_passes_is_retried(acme: GitHubSandbox, status: int) -> None:
    token = classic(acme)
    acme.fail(status, requests=2, path="/repos/acme/app/codespaces/secrets")
    assert levels(inventory(acme, token))[Level.REPOSITORY].status is LevelStatus.LISTED


def test_a_failure_that_stays_ends_one_level_after_three_retries(acme: GitHubSandbox) -> None:
    token = classic(acme)
    acme.fail(503, requests=50, path="/repos/acme/app/codespaces/secrets")
    acme.forget()
    found = levels(inventory(acme, token))
    assert found[Level.REPOSITORY].status is LevelStatus.UNREACHABLE
    assert found[Level.ORGANIZATION].status is LevelStatus.LISTED
    asked = [request for request in acme.requests() if request.path == "/repos/acme/app/codespaces/secrets"]
    assert len(asked) == 4


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_is_never_retried(acme: GitHubSandbox, status: int) -> None:
    token = classic(acme)
    acme.fail(status, requests=50, path="/repos/acme/app/codespaces/secrets")
    acme.forget()
    assert levels(inventory(acme, token))[Level.REPOSITORY].status is LevelStatus.UNREADABLE
    asked = [request for request in acme.requests() if request.path == "/repos/acme/app/codespaces/secrets"]
    assert len(asked) == 1


def app_token(acme: GitHubSandbox, app_id: str, key: str) -> str:
    """The token that crreg gets as an App for acme/app."""
    return installation_token(
        app_id, key, "acme/app", api_url=acme.url, deadline=Deadline.after(30), say=lambda _: None
    )


def test_an_apps_installation_lists_what_its_permissions_allow(acme: GitHubSandbox) -> None:
    app = acme.add_app("crreg", owner="acme", permissions={"codespaces_secrets": "read", "metadata": "read"})
    acme.add_installation(app, "acme")
    token = app_token(acme, str(app.id), app.private_key)
    found = levels(inventory(acme, token))
    assert {level: found[level].status for level in Level} == {
        Level.USER: LevelStatus.ABSENT,
        Level.REPOSITORY: LevelStatus.LISTED,
        Level.ORGANIZATION: LevelStatus.UNREADABLE,
    }


@pytest.mark.parametrize(
    ("app_id", "key", "cause", "said"),
    [
        ("right", "no key at all", Cause.INVALID, "not an RSA private key in PEM format"),
        ("4711", "right", Cause.BAD_TOKEN, "No GitHub App has the app-id 4711"),
        ("right", "another's", Cause.BAD_TOKEN, "does not belong to app-id"),
    ],
)
def test_an_app_that_can_not_be_is_told_why(
    acme: GitHubSandbox, app_id: str, key: str, cause: Cause, said: str
) -> None:
    app = acme.add_app("crreg", owner="acme", permissions={"codespaces_secrets": "read"})
    another = acme.add_app("another", owner="acme", permissions={})
    keys = {"right": app.private_key, "another's": another.private_key}
    with pytest.raises(GitHubError, match=said) as caught:
        app_token(acme, str(app.id) if app_id == "right" else app_id, keys.get(key, key))
    assert caught.value.cause is cause


def test_an_app_that_is_not_installed_on_the_repository_is_told_so(acme: GitHubSandbox) -> None:
    app = acme.add_app("crreg", owner="acme", permissions={"codespaces_secrets": "read"})
    with pytest.raises(GitHubError, match="is not installed on acme/app"):
        app_token(acme, str(app.id), app.private_key)


def test_an_app_that_is_suspended_is_not_called_uninstalled(acme: GitHubSandbox) -> None:
    app = acme.add_app("crreg", owner="acme", permissions={"codespaces_secrets": "read"})
    acme.add_installation(app, "acme", suspended=True)
    with pytest.raises(GitHubError, match="is suspended on acme/app: end the suspension"):
        app_token(acme, str(app.id), app.private_key)


def test_an_organization_on_the_free_plan_is_told_from_one_that_hides_its_secrets(
    github: GitHubSandbox,
) -> None:
    github.add_user("mona")
    github.add_user("hubot")
    github.add_organization("free", members={"mona": "admin"}, plan="free")
    github.add_organization("team", members={"mona": "admin"}, plan="team")
    github.add_repository("free/app", visibility="public")
    github.add_repository("team/app", visibility="public")
    outsider = github.add_token("classic", owner="hubot", scopes=EVERYTHING)

    def organization(token: str, repository: str) -> LevelInventory:
        return levels(inventory(github, token, repository))[Level.ORGANIZATION]

    assert organization(classic(github), "free/app").reason is Reason.FREE_PLAN
    assert organization(classic(github), "team/app").status is LevelStatus.LISTED
    assert organization(outsider, "free/app").reason is Reason.NOT_FOUND
    assert organization(outsider, "team/app").reason is Reason.NOT_FOUND


def test_a_token_without_single_sign_on_is_told_so(github: GitHubSandbox) -> None:
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"}, saml=True)
    github.add_repository("acme/app", visibility="public")

    organization = levels(inventory(github, classic(github)))[Level.ORGANIZATION]

    assert (organization.status, organization.reason) == (LevelStatus.UNREADABLE, Reason.SINGLE_SIGN_ON)


@pytest.mark.parametrize("flaw", ["\n", " ", "\r\n", "\u00a0"])
def test_a_token_with_a_line_break_or_a_space_is_sent_nowhere(acme: GitHubSandbox, flaw: str) -> None:
    token = classic(acme)

    for broken in (token + flaw, token[:9] + flaw + token[9:]):
        with pytest.raises(GitHubError) as raised:
            client(acme, broken)
        assert raised.value.reason is Reason.MALFORMED_TOKEN
        assert token[:9] not in raised.value.detail
    assert acme.requests() == []


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_authorities_that_are_not_there_are_named_by_their_variable(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "/nowhere/authorities.pem")
    github = GitHub.with_token(
        "ghp_x", api_url="https://127.0.0.1:1", deadline=Deadline.after(20), say=lambda _: None
    )

    with pytest.raises(GitHubError) as raised:
        github.get("/user")

    assert raised.value.reason is Reason.NO_CA_FILE
    assert f"{name} names a file that does not exist" in raised.value.detail
