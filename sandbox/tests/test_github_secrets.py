"""Secrets are stored, refused and handed out as GitHub does, at each level."""

import base64

import pytest
from sandbox.github.control import GitHubSandbox, Level
from sandbox.github.raw import RawClient

REPOSITORY = "/repos/acme/app/codespaces/secrets"
ORGANIZATION = "/orgs/acme/codespaces/secrets"
USER = "/user/codespaces/secrets"
LEVELS: dict[Level, tuple[str, str, dict[str, str]]] = {
    "repository": (REPOSITORY, "acme/app", {}),
    "organization": (ORGANIZATION, "acme", {"visibility": "all"}),
    "user": (USER, "mona", {}),
}

every_level = pytest.mark.parametrize("level", list(LEVELS))


@pytest.fixture
def ids(github: GitHubSandbox) -> dict[str, int]:
    """The repositories' ids."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_organization("other")
    return {name: github.add_repository(name) for name in ("acme/app", "acme/api", "acme/web", "other/app")}


@pytest.fixture
def client(github: GitHubSandbox, ids: dict[str, int]) -> RawClient:
    assert ids
    token = github.add_token("classic", owner="mona", scopes=["repo", "admin:org", "codespace:secrets"])
    return RawClient(github.url, token)


@every_level
def test_a_sealed_value_is_opened_when_created_and_when_updated(
    github: GitHubSandbox, client: RawClient, level: Level
) -> None:
    path, owner, more = LEVELS[level]
    first = client("PUT", f"{path}/Name", client.sealed(path, b"one") | more)
    assert github.secret_value(level, owner, "NAME") == b"one"
    second = client("PUT", f"{path}/nAME", client.sealed(path, "zweí\n".encode()) | more)
    assert github.secret_value(level, owner, "NAME") == "zweí\n".encode()
    assert [(first.status, first.body), (second.status, second.body)] == [(201, {}), (204, None)]
    assert [secret["name"] for secret in client("GET", path).body["secrets"]] == ["NAME"]


@every_level
def test_a_value_sealed_under_another_key_is_refused(
    github: GitHubSandbox, client: RawClient, level: Level
) -> None:
    path, owner, more = LEVELS[level]
    foreign = {"repository": USER, "organization": REPOSITORY, "user": ORGANIZATION}[level]
    body = client.sealed(foreign, b"value") | {"key_id": client("GET", f"{path}/public-key").body["key_id"]}
    answer = client("PUT", f"{path}/NAME", body | more)
    assert (answer.status, answer.body["message"]) == (422, "improperly encrypted secret")
    assert github.secret(level, owner, "NAME") is None


@every_level
def test_a_wrong_key_id_is_refused(github: GitHubSandbox, client: RawClient, level: Level) -> None:
    path, owner, more = LEVELS[level]
    answer = client("PUT", f"{path}/NAME", client.sealed(path, b"value") | {"key_id": "1"} | more)
    assert answer.status == 422
    assert github.secret(level, owner, "NAME") is None


@every_level
def test_plain_text_is_refused(github: GitHubSandbox, client: RawClient, level: Level) -> None:
    path, owner, more = LEVELS[level]
    plain = base64.b64encode(b"x" * 80).decode()
    answer = client("PUT", f"{path}/NAME", client.sealed(path, b"") | {"encrypted_value": plain} | more)
    assert (answer.status, answer.body["message"]) == (422, "improperly encrypted secret")
    assert github.secret(level, owner, "NAME") is None


@every_level
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("GITHUB_NAME", "Secret names must not start with GITHUB_."),
        ("github_name", "Secret names must not start with GITHUB_."),
        ("1NAME", "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or"),
        ("NA-ME", "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or"),
        ("NA%20ME", "Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or"),
    ],
)
def test_a_name_that_breaks_the_rules_is_refused(
    client: RawClient, level: Level, name: str, message: str
) -> None:
    path, _, more = LEVELS[level]
    answer = client("PUT", f"{path}/{name}", client.sealed(path, b"value") | more)
    assert answer.status == 422
    assert answer.body["message"].startswith(message)


@every_level
def test_the_hundred_and_first_secret_is_refused(
    github: GitHubSandbox, client: RawClient, level: Level
) -> None:
    path, owner, more = LEVELS[level]
    for number in range(100):
        github.add_secret(level, owner, f"NAME_{number}")
    assert client("PUT", f"{path}/NAME", client.sealed(path, b"value") | more).status == 422
    assert client("PUT", f"{path}/NAME_7", client.sealed(path, b"value") | more).status == 204


def test_a_value_may_have_48_kilobytes_and_no_more(github: GitHubSandbox, client: RawClient) -> None:
    largest = b"x" * 48 * 1024
    assert client("PUT", f"{REPOSITORY}/NAME", client.sealed(REPOSITORY, largest)).status == 201
    answer = client("PUT", f"{REPOSITORY}/OTHER", client.sealed(REPOSITORY, largest + b"x"))
    assert answer.status == 422
    assert github.secret_value("repository", "acme/app", "NAME") == largest


@every_level
def test_a_deleted_secret_is_gone(client: RawClient, level: Level) -> None:
    path, _, more = LEVELS[level]
    client("PUT", f"{path}/NAME", client.sealed(path, b"value") | more)
    statuses = [client(method, f"{path}/name").status for method in ("GET", "DELETE", "GET", "DELETE")]
    assert statuses == [200, 204, 404, 404]


def test_an_organization_secret_changes_its_repositories(
    github: GitHubSandbox, client: RawClient, ids: dict[str, int]
) -> None:
    path = f"{ORGANIZATION}/NAME"
    chosen = {"visibility": "selected", "selected_repository_ids": [ids["acme/app"]]}
    steps = [
        client("PUT", path, client.sealed(ORGANIZATION, b"value") | chosen),
        client("PUT", f"{path}/repositories/{ids['acme/api']}"),
        client("DELETE", f"{path}/repositories/{ids['acme/app']}"),
        client("PUT", f"{path}/repositories/{ids['acme/web']}"),
        client("PUT", f"{path}/repositories/{ids['acme/web']}"),
    ]
    assert [step.status for step in steps] == [201, 204, 204, 204, 204]
    listed = client("GET", f"{path}/repositories").body
    names = [repository["full_name"] for repository in listed["repositories"]]
    assert (listed["total_count"], names) == (2, ["acme/api", "acme/web"])
    answer = client("PUT", f"{path}/repositories", {"selected_repository_ids": [ids["acme/app"]]})
    stored = github.secret("organization", "acme", "NAME")
    assert stored is not None
    assert (answer.status, stored.repositories, stored.value) == (204, ("acme/app",), b"value")


def test_an_organization_secret_keeps_its_value_where_only_its_visibility_is_sent(
    github: GitHubSandbox, client: RawClient, ids: dict[str, int]
) -> None:
    github.add_secret("organization", "acme", "NAME", "value", repositories=["acme/app"])
    assert ids["acme/app"]
    answer = client("PUT", f"{ORGANIZATION}/NAME", {"visibility": "private"})
    stored = github.secret("organization", "acme", "NAME")
    assert stored is not None
    assert (answer.status, stored.value, stored.visibility, stored.repositories) == (
        204,
        b"value",
        "private",
        (),
    )


def test_a_secret_that_is_not_selected_has_no_repositories_to_change(
    github: GitHubSandbox, client: RawClient, ids: dict[str, int]
) -> None:
    github.add_secret("organization", "acme", "NAME", visibility="all")
    path = f"{ORGANIZATION}/NAME/repositories"
    answers = [
        client("PUT", path, {"selected_repository_ids": [ids["acme/app"]]}),
        client("PUT", f"{path}/{ids['acme/app']}"),
        client("DELETE", f"{path}/{ids['acme/app']}"),
    ]
    assert [answer.status for answer in answers] == [409, 409, 409]
    assert "selected_repositories_url" not in client("GET", f"{ORGANIZATION}/NAME").body


def test_an_organization_secret_is_not_for_anothers_repositories(
    client: RawClient, ids: dict[str, int]
) -> None:
    chosen = {"visibility": "selected", "selected_repository_ids": [ids["other/app"]]}
    assert client("PUT", f"{ORGANIZATION}/NAME", client.sealed(ORGANIZATION, b"v") | chosen).status == 404


def test_a_user_secret_takes_ids_as_numbers_and_as_text(
    github: GitHubSandbox, client: RawClient, ids: dict[str, int]
) -> None:
    chosen = {"selected_repository_ids": [ids["acme/app"], str(ids["acme/api"])]}
    assert client("PUT", f"{USER}/NAME", client.sealed(USER, b"v") | chosen).status == 201
    stored = github.secret("user", "mona", "NAME")
    assert stored is not None
    assert (stored.value, stored.visibility, stored.repositories) == (
        b"v",
        "selected",
        ("acme/app", "acme/api"),
    )


@pytest.mark.parametrize("level", ["organization", "user"])
def test_an_update_without_a_list_of_repositories_selects_none(
    github: GitHubSandbox, client: RawClient, level: Level
) -> None:
    path, owner, _ = LEVELS[level]
    visibility = {"visibility": "selected"} if level == "organization" else {}
    github.add_secret(level, owner, "NAME", repositories=["acme/app"])
    assert client("PUT", f"{path}/NAME", client.sealed(path, b"w") | visibility).status == 204
    stored = github.secret(level, owner, "NAME")
    assert stored is not None
    assert (stored.value, stored.visibility, stored.repositories) == (b"w", "selected", ())


def test_a_user_secret_is_not_for_a_repository_that_the_person_does_not_see(
    client: RawClient, ids: dict[str, int]
) -> None:
    chosen = {"selected_repository_ids": [ids["other/app"]]}
    assert client("PUT", f"{USER}/NAME", client.sealed(USER, b"v") | chosen).status == 404


def test_the_address_of_the_selected_repositories_leads_to_them(
    github: GitHubSandbox, client: RawClient
) -> None:
    github.add_secret("user", "mona", "NAME", repositories=["acme/web"])
    secret = client("GET", f"{USER}/NAME").body
    assert secret["selected_repositories_url"].startswith(f"{github.url}/")
    listed = client("GET", secret["selected_repositories_url"].removeprefix(github.url)).body
    assert [repository["full_name"] for repository in listed["repositories"]] == ["acme/web"]


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        (("key_id",), '"key_id" wasn\'t supplied.'),
        (("encrypted_value", "key_id"), '"encrypted_value", "key_id" weren\'t supplied.'),
    ],
)
def test_a_new_secret_needs_its_value_and_the_keys_id(
    github: GitHubSandbox, client: RawClient, left_out: tuple[str, ...], message: str
) -> None:
    sealed = client.sealed(ORGANIZATION, b"value")
    body = {name: value for name, value in sealed.items() if name not in left_out}
    answer = client("PUT", f"{ORGANIZATION}/NAME", body | {"visibility": "all"})
    assert (answer.status, answer.body["message"]) == (422, f"Invalid request.\n\n{message}")
    assert github.secret("organization", "acme", "NAME") is None
