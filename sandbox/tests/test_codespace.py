"""A simulated codespace has the secrets that GitHub would give it, and starts where a real one would."""

import pytest
from sandbox import credentials
from sandbox.aws import ECR_HOST
from sandbox.codespace import Codespaces, Start, environment, packages_of
from sandbox.credentials import Credential
from sandbox.engine import Engine
from sandbox.github.control import GitHubSandbox
from sandbox.world import Place, World

REPOSITORY = "acme/app"
IMAGE = "dev/codespace"
REFUSED = {
    "basic": "no basic auth credentials",
    "acme.azurecr.io": "denied: requested access to the resource is denied",
    ECR_HOST: "no basic auth credentials",
}


@pytest.fixture
def github(github: GitHubSandbox) -> GitHubSandbox:
    """A GitHub with an organization that has two repositories."""
    github.add_user("mona")
    github.add_organization("acme", members={"mona": "admin"})
    github.add_repository(REPOSITORY)
    github.add_repository("acme/api")
    return github


@pytest.fixture
def codespaces(world: World, world_engine: Engine, github: GitHubSandbox) -> Codespaces:
    return Codespaces(github, world_engine, world.aws.url)


def start(codespaces: Codespaces, place: Place) -> Start:
    return codespaces.start(image_of(place), repository=REPOSITORY, person="mona")


def image_of(place: Place) -> str:
    return f"{place.server}/{IMAGE}:1"


def store(github: GitHubSandbox, triple: dict[str, str]) -> None:
    for name, value in triple.items():
        github.add_secret("repository", REPOSITORY, name, value)


def test_the_user_wins_over_the_repository_and_that_over_the_organization(
    github: GitHubSandbox,
) -> None:
    for name in ("A", "B", "C"):
        github.add_secret("organization", "acme", name, f"{name} of the organization", visibility="all")
    for name in ("B", "C"):
        github.add_secret("repository", REPOSITORY, name, f"{name} of the repository")
    github.add_secret("user", "mona", "C", "C of the user", repositories=[REPOSITORY])
    assert environment(github, REPOSITORY, "mona") == {
        "A": "A of the organization",
        "B": "B of the repository",
        "C": "C of the user",
    }


def test_a_secret_of_selected_repositories_is_given_to_these_alone(
    github: GitHubSandbox,
) -> None:
    github.add_secret("organization", "acme", "ORGANIZATION", "for api", repositories=["acme/api"])
    github.add_secret("user", "mona", "USER", "for app", repositories=[REPOSITORY])
    environments = [environment(github, repository, "mona") for repository in (REPOSITORY, "acme/api")]
    assert environments == [{"USER": "for app"}, {"ORGANIZATION": "for api"}]


@pytest.mark.parametrize(
    ("name", "permissions", "read"),
    [
        ("acme/api", {"packages": "read"}, True),
        ("acme/api", {"packages": "read", "contents": "write"}, True),
        ("acme/api", "read-all", True),
        ("acme/api", "write-all", True),
        ("acme/api", {"contents": "read"}, False),
        ("acme/secret", {"packages": "read"}, False),
        ("other/api", {"packages": "read"}, False),
        ("acme/*", {"packages": "read"}, False),
    ],
)
def test_packages_of_another_repository_are_read_where_asked_for_and_where_the_person_may(
    github: GitHubSandbox, name: str, permissions: object, *, read: bool
) -> None:
    for person in ("hubot", "stranger"):
        github.add_user(person)
    github.add_organization("other", members={"hubot": "admin"})
    github.add_repository("other/api")
    github.add_repository("acme/api", collaborators={"hubot": "read"})
    github.add_repository("acme/secret")
    authorized = {"customizations": {"codespaces": {"repositories": {name: {"permissions": permissions}}}}}
    assert packages_of(github, REPOSITORY, "hubot", authorized) == ((name,) if read else ())
    assert packages_of(github, REPOSITORY, "stranger", authorized) == ()
    assert packages_of(github, REPOSITORY, "hubot", {}) == ()


def test_secrets_of_others_are_not_given(github: GitHubSandbox) -> None:
    github.add_user("hubot")
    github.add_secret("user", "hubot", "OF_A_PERSON", repositories=[REPOSITORY])
    github.add_secret("repository", "acme/api", "OF_A_REPOSITORY")
    github.add_secret("repository", REPOSITORY, "OF_ACTIONS", application="actions")
    assert environment(github, REPOSITORY, "mona") == {}


def test_a_fork_has_none_of_its_upstream_s_secrets_and_its_pull_request_has_none_at_all(
    github: GitHubSandbox,
) -> None:
    github.add_user("hubot")
    github.add_repository("hubot/app", fork=True)
    github.add_repository("acme/app-fork", fork=True)
    github.add_secret("organization", "acme", "OF_PRIVATE_ONES", "1", visibility="private")
    github.add_secret("repository", REPOSITORY, "OF_THE_UPSTREAM")
    github.add_secret("repository", "hubot/app", "OF_THE_FORK", "2")
    github.add_secret("user", "hubot", "OF_A_PERSON", "3", repositories=["hubot/app"])
    assert environment(github, "hubot/app", "hubot") == {"OF_THE_FORK": "2", "OF_A_PERSON": "3"}
    assert environment(github, "acme/app-fork", "mona") == {"OF_PRIVATE_ONES": "1"}
    assert environment(github, REPOSITORY, "mona")
    for repository, person in ((REPOSITORY, "mona"), ("hubot/app", "hubot")):
        assert environment(github, repository, person, for_forks_pull_request=True) == {}


@pytest.mark.parametrize(
    ("visibility", "given"), [("public", {}), ("private", {"A": "1"}), ("internal", {"A": "1"})]
)
def test_a_secret_for_private_repositories_is_not_given_to_public_ones(
    github: GitHubSandbox,
    visibility: str,
    given: dict[str, str],
) -> None:
    github.add_repository("acme/other", visibility=visibility)  # type: ignore[arg-type] # one of the literals above
    github.add_secret("organization", "acme", "A", "1", visibility="private")
    assert environment(github, "acme/other", "mona") == given


@pytest.mark.engine
@pytest.mark.parametrize("host", REFUSED)
def test_a_codespace_starts_with_the_triple_and_not_without(
    codespaces: Codespaces, world: World, github: GitHubSandbox, host: str
) -> None:
    place = world.places[host]
    place.push(IMAGE, "1")
    before = start(codespaces, place)
    store(github, place.triple("TEAM"))
    after = start(codespaces, place)
    assert (before.started, REFUSED[host] in before.errors[0], len(before.errors)) == (False, True, 1)
    assert after == Start(started=True)


@pytest.mark.engine
def test_an_access_key_is_exchanged_at_aws(
    codespaces: Codespaces, world: World, github: GitHubSandbox
) -> None:
    place = world.places[ECR_HOST]
    place.push(IMAGE, "1")
    store(github, place.triple("ECR", world.aws.puller))
    assert start(codespaces, place) == Start(started=True)
    assert [request.method for request in world.aws.requests] == ["POST"]


@pytest.mark.engine
def test_a_key_that_aws_refuses_starts_nothing(
    codespaces: Codespaces, world: World, github: GitHubSandbox
) -> None:
    place = world.places[ECR_HOST]
    place.push(IMAGE, "1")
    store(github, place.triple("ECR", world.aws.stranger))
    ended = start(codespaces, place)
    assert (ended.started, len(ended.errors)) == (False, 2)
    assert "AccessDeniedException" in ended.errors[0]


@pytest.mark.engine
def test_a_wrong_password_starts_nothing_and_another_registrys_image_is_not_its_matter(
    codespaces: Codespaces, world: World, github: GitHubSandbox
) -> None:
    wrong, right = world.places["basic"], world.places["acme.azurecr.io"]
    for place in (wrong, right):
        place.push(IMAGE, "1")
    store(github, wrong.triple("WRONG", Credential(wrong.owner.user, credentials.password())))
    store(github, right.triple("RIGHT"))
    ends = [start(codespaces, place) for place in (wrong, right)]
    assert [(end.started, len(end.errors)) for end in ends] == [(False, 2), (True, 1)]
    assert "401 Unauthorized" in ends[0].errors[0]


@pytest.mark.engine
def test_a_triple_that_lacks_a_part_is_none(
    codespaces: Codespaces, world: World, github: GitHubSandbox
) -> None:
    place = world.places["basic"]
    place.push(IMAGE, "1")
    store(github, dict(list(place.triple("TEAM").items())[:2]))
    ended = start(codespaces, place)
    assert (ended.started, len(ended.errors)) == (False, 1)


@pytest.mark.engine
def test_each_start_pulls_anew_and_forgets_its_login(
    codespaces: Codespaces, world: World, github: GitHubSandbox
) -> None:
    place = world.places["basic"]
    place.push(IMAGE, "1")
    store(github, place.triple("TEAM"))
    first = start(codespaces, place)
    github.add_secret("repository", REPOSITORY, "TEAM_CONTAINER_REGISTRY_PASSWORD", credentials.password())
    second = start(codespaces, place)
    assert (first.started, second.started) == (True, False)


@pytest.mark.engine
def test_a_token_of_aws_that_has_expired_starts_nothing(
    codespaces: Codespaces, world: World, github: GitHubSandbox
) -> None:
    place = world.places[ECR_HOST]
    place.push(IMAGE, "1")
    store(github, place.triple("ECR"))
    with world.aws.another_token() as token, place.registry.admitting(token, otherwise=place.owner):
        expired = start(codespaces, place)
        store(github, place.triple("ECR", token))
        renewed = start(codespaces, place)
        store(github, place.triple("ECR", world.aws.puller))
        exchanged = start(codespaces, place)
    assert (expired.started, renewed, exchanged) == (False, Start(started=True), Start(started=True))


def test_who_may_not_write_to_the_repository_gets_no_secret_not_even_their_own(github: GitHubSandbox) -> None:
    github.add_user("hubot")
    github.add_repository("acme/open", visibility="public", collaborators={"hubot": "triage"})
    github.add_secret("repository", "acme/open", "OF_THE_REPOSITORY")
    github.add_secret("user", "hubot", "OF_THE_USER", repositories=["acme/open"])
    assert (github.role("hubot", "acme/open"), environment(github, "acme/open", "hubot")) == ("triage", {})
    assert environment(github, "acme/open", "mona") == {"OF_THE_REPOSITORY": "a value"}


def test_the_token_of_prebuilds_is_given_to_no_codespace(github: GitHubSandbox) -> None:
    github.add_secret("repository", REPOSITORY, "CODESPACES_PREBUILD_TOKEN")
    assert environment(github, REPOSITORY, "mona") == {}
