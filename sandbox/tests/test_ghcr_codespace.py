"""A codespace's own login at GHCR: what it pulls without any secret, and what it doesn't; and docker as a client."""

import pytest
from sandbox import credentials
from sandbox.codespace import Codespaces, Start
from sandbox.credentials import Credential
from sandbox.engine import Engine
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.images import Pusher
from sandbox.registry import Registry
from sandbox.tests.ghcr_scene import IMAGE, REPOSITORY, Skopeo, add_acme, person, workflow
from sandbox.world import World, triple

pytestmark = pytest.mark.engine


@pytest.fixture
def github(github: GitHubSandbox) -> GitHubSandbox:
    add_acme(github)
    github.add_repository("acme/site", visibility="public")
    return github


@pytest.fixture
def codespaces(world: World, world_engine: Engine, github: GitHubSandbox, ghcr: Ghcr) -> Codespaces:
    assert ghcr.github is github
    return Codespaces(github, world_engine, world.aws.url, ghcr=True)


def start(codespaces: Codespaces, repository: str = REPOSITORY, *, who: str = "hubot") -> Start:
    return codespaces.start(f"{IMAGE}:1", repository=repository, person=who)


def store(github: GitHubSandbox, password: str) -> None:
    for name, value in triple("GHCR", "https://ghcr.io", Credential("mona", password)).items():
        github.add_secret("repository", REPOSITORY, name, value)


def test_an_image_of_its_repositorys_workflow_needs_no_secret(
    codespaces: Codespaces, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    assert skopeo.push(workflow(github)) == ""
    ends = [start(codespaces, repository) for repository in (REPOSITORY, "acme/api")]
    assert ends[0] == Start(started=True)
    assert (ends[1].started, len(ends[1].errors), "denied" in ends[1].errors[0]) == (False, 1, True)


def test_an_image_that_a_person_pushed_needs_access_to_be_given(
    codespaces: Codespaces, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    assert skopeo.push(person(github, "mona")) == ""
    before = start(codespaces)
    github.packages.set("acme", "dev", codespaces_access=[REPOSITORY])
    assert (before.started, start(codespaces)) == (False, Start(started=True))


def test_an_image_that_a_label_linked_needs_no_secret_unless_the_organization_forbids_it(
    codespaces: Codespaces, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    skopeo.put(link=f"https://github.com/{REPOSITORY}")
    assert skopeo.push(person(github, "mona")) == ""
    assert start(codespaces) == Start(started=True)
    github.packages.set("acme", "dev", inherits=False)
    assert start(codespaces).started is False
    github.packages.set_policy("acme", inheritance=False)
    assert skopeo.push(person(github, "mona"), "ghcr.io/acme/later:1") == ""
    later = github.packages.get("acme", "later")
    assert later is not None
    assert (later.repository, later.inherits) == (REPOSITORY, False)


def test_an_internal_image_is_for_repositories_that_are_not_public(
    codespaces: Codespaces, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    assert skopeo.push(person(github, "mona")) == ""
    github.packages.set("acme", "dev", visibility="internal")
    assert [start(codespaces, name).started for name in ("acme/api", "acme/site")] == [True, False]
    github.packages.set("acme", "dev", visibility="public")
    assert start(codespaces, "acme/site") == Start(started=True)


def test_a_triple_takes_the_place_of_the_own_login(
    codespaces: Codespaces, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    assert skopeo.push(person(github, "mona"), "ghcr.io/acme/dev:1") == ""
    store(github, person(github, "mona", "read:packages"))
    # hubot has no write access to the repository, so it would get no secrets.
    assert start(codespaces, who="mona") == Start(started=True)
    assert skopeo.push(workflow(github), "ghcr.io/acme/own:1") == ""
    store(github, credentials.password())
    ended = codespaces.start("ghcr.io/acme/own:1", repository=REPOSITORY, person="mona")
    assert (ended.started, len(ended.errors), "denied" in ended.errors[0]) == (False, 2, True)


def test_docker_logs_in_pushes_and_pulls(
    ghcr: Ghcr, github: GitHubSandbox, world_engine: Engine, source: Registry
) -> None:
    Pusher(source.backend).push("dev/base", "1")
    base, image = f"{source.address}/dev/base:1", f"{IMAGE}:1"

    def docker(*arguments: str, text: str = "") -> tuple[bool, str]:
        done = world_engine.docker(*arguments, text=text)
        return done.returncode == 0, done.stdout + done.stderr

    def log_in(password: str) -> tuple[bool, str]:
        return docker("login", "--username", "someone", "--password-stdin", "ghcr.io", text=password)

    assert docker("pull", base)[0]
    assert docker("tag", base, image)[0]
    wrong = log_in(credentials.password())
    assert (wrong[0], "denied: denied" in wrong[1]) == (False, True)
    assert log_in(person(github, "mona", "read:packages"))[0]
    refused = docker("push", image)
    assert (refused[0], "The token provided does not match expected scopes." in refused[1]) == (False, True)
    assert log_in(workflow(github))[0]
    pushed = docker("push", image)
    assert pushed[0], pushed[1]
    package = github.packages.get("acme", "dev")
    assert package is not None
    assert (package.repository, list(package.tags.values())) == (REPOSITORY, [("1",)])
    assert docker("image", "rm", "--force", image, base)[0]
    assert [docker("pull", image)[0], docker("image", "rm", "--force", image)[0]] == [True, True]
    assert (docker("logout", "ghcr.io")[0], ghcr.violations) == (True, [])
