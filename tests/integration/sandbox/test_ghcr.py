"""The sandbox's GHCR as skopeo and GitHub's API meet it: who may push and pull, what a push makes, what is refused."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3
from tests.sandbox.credentials import Credential
from tests.sandbox.ghcr import Ghcr
from tests.sandbox.github.control import GitHubSandbox
from tests.sandbox.github.package_control import SeenPackage
from tests.sandbox.github.raw import RawClient
from tests.sandbox.images import Pushed, Pusher
from tests.sandbox.registry import Registry, running_registry
from tests.sandbox.world import World

REPOSITORY = "acme/app"
IMAGE = "ghcr.io/acme/dev"
LABEL = "org.opencontainers.image.source"
NO_SCOPES = "denied: permission_denied: The token provided does not match expected scopes."


@pytest.fixture
def github(github: GitHubSandbox) -> GitHubSandbox:
    """A GitHub with an organisation of one admin and one member, which has two repositories, and a stranger."""
    for login in ("mona", "hubot", "stranger"):
        github.add_user(login)
    github.add_organization("acme", members={"mona": "admin", "hubot": "member"})
    github.add_repository(REPOSITORY)
    github.add_repository("acme/api")
    return github


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Registry]:
    """A registry without authentication, to copy from."""
    with running_registry(tmp_path / "source") as registry:
        yield registry


class Skopeo:
    """Copies from a source to GHCR and back."""

    def __init__(self, world: World, source: Registry, folder: Path) -> None:
        self._environment = {**os.environ, **world.environment()}
        self._source = source
        self._folder = folder

    def put(self, repository: str = "dev/base", *, index: bool = False, link: str = "") -> Pushed:
        """Put an image into the source, with the label that links it if any."""
        pusher = Pusher(self._source.backend)
        if index:
            return pusher.push_index(repository, "1")
        return pusher.push(repository, "1", labels={LABEL: link} if link else None)

    def push(self, password: str, image: str = f"{IMAGE}:1", *, of: str = "dev/base") -> str:
        """Copy to GHCR with a GitHub token as the password; what skopeo said against it, empty for nothing."""
        arguments = (
            "--src-tls-verify=false",
            "--dest-tls-verify=false",
            "--dest-creds",
            f"someone:{password}",
        )
        return self._run(
            "copy", "--all", *arguments, f"docker://{self._source.address}/{of}:1", f"docker://{image}"
        )

    def pull(self, password: str | None, image: str = f"{IMAGE}:1") -> str:
        """Copy from GHCR to a new folder; what skopeo said against it, empty for nothing."""
        login = ("--src-creds", f"someone:{password}") if password else ("--src-no-creds",)
        target = self._folder / f"pulled-{len(list(self._folder.iterdir()))}"
        return self._run(
            "copy", "--all", "--src-tls-verify=false", *login, f"docker://{image}", f"dir:{target}"
        )

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            ["skopeo", *command], env=self._environment, capture_output=True, text=True, check=False
        )
        return done.stderr if done.returncode else ""


@pytest.fixture
def skopeo(world: World, source: Registry, tmp_path: Path) -> Skopeo:
    skopeo = Skopeo(world, source, tmp_path)
    skopeo.put()
    return skopeo


def workflow(github: GitHubSandbox, repository: str = REPOSITORY, **permissions: str) -> str:
    return github.add_token(
        "workflow",
        permissions=permissions or {"packages": "write"},  # type: ignore[arg-type] # literals, by keyword
        resource_owner=repository.partition("/")[0],
        repositories=[repository],
    )


def person(github: GitHubSandbox, login: str, *scopes: str) -> str:
    return github.add_token("classic", owner=login, scopes=scopes or ("write:packages",))


def test_a_workflows_first_push_makes_a_private_package_of_its_repository(
    ghcr: Ghcr, github: GitHubSandbox, skopeo: Skopeo
) -> None:
    pushed = skopeo.put()
    token = workflow(github)
    said = [skopeo.push(token), skopeo.push(token, f"{IMAGE}:latest")]
    assert said == ["", ""]
    assert github.packages.get("acme", "dev") == SeenPackage(
        "private", REPOSITORY, inherits=True, publisher=None, tags={pushed.digest: ("1", "latest")}
    )
    asked = RawClient(github.url, token)
    package = asked("GET", "/orgs/acme/packages/container/dev").body
    versions = asked("GET", "/orgs/acme/packages/container/dev/versions").body
    assert (package["visibility"], package["repository"]["full_name"]) == ("private", REPOSITORY)
    assert [(each["name"], each["metadata"]["container"]["tags"]) for each in versions] == [
        (pushed.digest, ["1", "latest"])
    ]
    assert [skopeo.pull(token), skopeo.pull(person(github, "hubot"))] == ["", ""]
    assert {request.authorized for request in ghcr.blob_requests} == {False}


def test_a_tag_leaves_the_version_that_it_stood_on(ghcr: Ghcr, github: GitHubSandbox, skopeo: Skopeo) -> None:
    token, first, second = workflow(github), skopeo.put(), skopeo.put("dev/other")
    assert [skopeo.push(token), skopeo.push(token, of="dev/other")] == ["", ""]
    package = github.packages.get("acme", "dev")
    assert package is not None
    assert package.tags == {first.digest: (), second.digest: ("1",)}
    assert ghcr.violations == []


@pytest.mark.usefixtures("ghcr")
def test_an_index_and_its_images_are_versions(github: GitHubSandbox, skopeo: Skopeo) -> None:
    pushed = skopeo.put("dev/index", index=True)
    token = workflow(github)
    assert skopeo.push(token, of="dev/index") == ""
    package = github.packages.get("acme", "dev")
    assert package is not None
    assert [tags for digest, tags in package.tags.items() if digest != pushed.digest] == [(), ()]
    assert package.tags[pushed.digest] == ("1",)
    assert skopeo.pull(token) == ""


@pytest.mark.usefixtures("ghcr")
@pytest.mark.parametrize(
    ("link", "repository"),
    [
        ("https://github.com/acme/app", REPOSITORY),
        ("https://github.com/acme/app.git", None),
        ("https://github.com/acme/none", None),
        ("https://github.com/stranger/app", None),
        ("", None),
    ],
)
def test_the_label_links_what_a_person_first_pushes(
    github: GitHubSandbox, skopeo: Skopeo, link: str, repository: str | None
) -> None:
    github.add_repository("stranger/app", visibility="public")
    pushed = skopeo.put(link=link)
    assert skopeo.push(person(github, "mona")) == ""
    assert github.packages.get("acme", "dev") == SeenPackage(
        "private", repository, inherits=True, publisher="mona", tags={pushed.digest: ("1",)}
    )
    # A client looks for the blob first, which is refused as any reading of a private package is.
    assert ("403 (Forbidden)" in skopeo.push(workflow(github))) == (repository is None)


@pytest.mark.usefixtures("ghcr")
def test_a_label_that_comes_later_connects_and_gives_no_access(github: GitHubSandbox, skopeo: Skopeo) -> None:
    mona = person(github, "mona")
    skopeo.put("dev/later", link=f"https://github.com/{REPOSITORY}")
    assert [skopeo.push(mona), skopeo.push(mona, of="dev/later")] == ["", ""]
    package = github.packages.get("acme", "dev")
    assert package is not None
    assert (package.repository, package.inherits) == (REPOSITORY, False)
    assert "403 (Forbidden)" in skopeo.push(workflow(github))
    github.packages.set("acme", "dev", actions_access={REPOSITORY: "write"})
    assert skopeo.push(workflow(github)) == ""


@pytest.mark.usefixtures("ghcr")
@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        ("reading workflow", "denied: installation not allowed to Create organization package"),
        ("installation", "denied: installation not allowed to Create organization package"),
        ("another's workflow", "denied: permission_denied: The requested installation does not exist."),
        ("reading person", NO_SCOPES),
        ("fine-grained", NO_SCOPES),
        ("codespace", "denied: permission_denied: create_package"),
        ("stranger", "denied: permission_denied: create_package"),
    ],
)
def test_who_may_not_create_a_package_is_told_at_the_first_upload(
    github: GitHubSandbox, skopeo: Skopeo, who: str, refusal: str
) -> None:
    github.add_repository("mona/app")
    acme = {"resource_owner": "acme", "repositories": [REPOSITORY]}
    token = {
        "reading workflow": lambda: workflow(github, packages="read"),
        "installation": lambda: github.add_token("installation", permissions={"packages": "write"}, **acme),  # type: ignore[arg-type] # as above
        "another's workflow": lambda: workflow(github, "mona/app"),
        "reading person": lambda: person(github, "mona", "read:packages", "repo"),
        "fine-grained": lambda: github.add_token(
            "fine-grained", owner="mona", resource_owner="acme", permissions={"packages": "write"}
        ),
        "codespace": lambda: github.add_token(
            "codespace",
            owner="mona",
            permissions={"packages": "read"},
            **acme,  # type: ignore[arg-type] # as above
        ),
        "stranger": lambda: person(github, "stranger"),
    }[who]()
    said = skopeo.push(token)
    assert (refusal in said, "initiating layer upload" in said) == (True, True), said
    assert github.packages.get("acme", "dev") is None


@pytest.mark.usefixtures("ghcr")
def test_an_organisation_may_forbid_to_create_packages(github: GitHubSandbox, skopeo: Skopeo) -> None:
    github.packages.set_policy("acme", creation=False)
    said = [skopeo.push(token) for token in (workflow(github), person(github, "hubot"))]
    assert "denied: installation not allowed to Create organization package" in said[0]
    assert "denied: permission_denied: create_package" in said[1]


@pytest.mark.usefixtures("ghcr")
def test_a_package_of_another_repository_is_neither_read_nor_written(
    github: GitHubSandbox, skopeo: Skopeo
) -> None:
    owner, other = workflow(github), workflow(github, "acme/api")
    assert skopeo.push(owner) == ""
    refused = [skopeo.push(other), skopeo.pull(other), skopeo.push(workflow(github, packages="read"))]
    assert "403 (Forbidden)" in refused[0]
    assert "denied: permission_denied: read_package" in refused[1]
    assert "denied: installation not allowed to Write organization package" in refused[2]
    github.packages.set("acme", "dev", visibility="public")
    refused = [skopeo.push(other), skopeo.pull(other), skopeo.pull(None)]
    assert "denied: permission_denied: write_package" in refused[0]
    assert refused[1:] == ["", ""]
    github.packages.set("acme", "dev", actions_access={"acme/api": "write"})
    assert skopeo.push(other) == ""


@pytest.mark.usefixtures("ghcr")
def test_a_pull_needs_leave_and_its_scope(github: GitHubSandbox, skopeo: Skopeo) -> None:
    assert skopeo.push(person(github, "hubot")) == ""
    fine = github.add_token("fine-grained", owner="mona", resource_owner="acme")
    reading = person(github, "mona", "read:packages")
    refused = [
        skopeo.pull(token) for token in (person(github, "stranger"), fine, person(github, "mona", "repo"))
    ]
    assert "denied: permission_denied: read_package" in refused[0]
    assert [NO_SCOPES in said for said in refused[1:]] == [True, True]
    assert [skopeo.pull(reading), skopeo.pull(person(github, "hubot"))] == ["", ""]
    github.packages.set("acme", "dev", visibility="public")
    assert [skopeo.pull(token) for token in (fine, None)] == ["", ""]


def ask(ghcr: Ghcr, scope: str, password: str | None = None) -> tuple[int, str]:
    """Ask the token endpoint on loopback; status, and the message of its first error."""
    with urllib3.PoolManager() as pool:
        headers = {"Authorization": Credential("someone", password).basic} if password else {}
        answer = pool.request(
            "GET", f"{ghcr.url}/token", fields={"service": "ghcr.io", "scope": scope}, headers=headers
        )
        return answer.status, "" if answer.status == 200 else answer.json()["errors"][0]["message"]


def test_the_token_endpoint_asks_for_a_good_token_and_for_nothing_else(
    ghcr: Ghcr, github: GitHubSandbox
) -> None:
    github.add_package("acme", "open", visibility="public")
    github.add_package("acme", "alone")
    revoked = person(github, "mona")
    github.revoke_token(revoked)
    answers = [
        ask(ghcr, "repository:acme/alone:pull,push", person(github, "stranger")),
        ask(ghcr, "repository:acme/alone:pull", "wrong"),
        ask(ghcr, "repository:acme/alone:pull", revoked),
        ask(ghcr, "repository:acme/open:pull"),
        ask(ghcr, "repository:acme/alone:pull"),
        ask(ghcr, "repository:acme/none:pull"),
    ]
    assert answers == [
        (200, ""),
        (403, "denied"),
        (403, "denied"),
        (200, ""),
        (401, "authentication required"),
        (403, "requested access to the resource is denied"),
    ]
