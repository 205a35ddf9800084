"""The sandbox's GHCR as skopeo and GitHub's API meet it: who may push and pull, what a push makes, what is refused."""

import pytest
from sandbox.ghcr import Ghcr
from sandbox.github.control import GitHubSandbox
from sandbox.github.package_control import SeenPackage
from sandbox.github.raw import RawClient
from sandbox.tests.ghcr_scene import (
    IMAGE,
    REPOSITORY,
    RawGhcr,
    Skopeo,
    add_acme,
    is_forbidden,
    person,
    workflow,
)

NO_SCOPES = "denied: permission_denied: The token provided does not match expected scopes."


@pytest.fixture
def github(github: GitHubSandbox) -> GitHubSandbox:
    add_acme(github)
    return github


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
    # A client first checks whether the blob exists, which is refused like any read of a private package.
    assert is_forbidden(skopeo.push(workflow(github))) == (repository is None)


@pytest.mark.usefixtures("ghcr")
def test_a_label_that_comes_later_connects_and_gives_no_access(github: GitHubSandbox, skopeo: Skopeo) -> None:
    mona = person(github, "mona")
    skopeo.put("dev/later", link=f"https://github.com/{REPOSITORY}")
    assert [skopeo.push(mona), skopeo.push(mona, of="dev/later")] == ["", ""]
    package = github.packages.get("acme", "dev")
    assert package is not None
    assert (package.repository, package.inherits) == (REPOSITORY, False)
    assert is_forbidden(skopeo.push(workflow(github)))
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
def test_an_organization_may_forbid_to_create_packages(github: GitHubSandbox, skopeo: Skopeo) -> None:
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
    assert is_forbidden(refused[0])
    assert "denied: permission_denied: read_package" in refused[1]
    assert "denied: installation not allowed to Write organization package" in refused[2]
    github.packages.set("acme", "dev", visibility="public")
    refused = [skopeo.push(other), skopeo.pull(other), skopeo.pull(None)]
    assert "denied: permission_denied: write_package" in refused[0]
    assert refused[1:] == ["", ""]
    github.packages.set("acme", "dev", actions_access={"acme/api": "write"})
    assert skopeo.push(other) == ""


@pytest.mark.usefixtures("ghcr")
def test_an_app_neither_reads_nor_writes_packages_whatever_it_may(
    github: GitHubSandbox, skopeo: Skopeo
) -> None:
    assert skopeo.push(workflow(github)) == ""
    permissions = {"packages": "write"}
    app, everywhere = (
        github.add_token(
            "installation",
            permissions=permissions,  # type: ignore[arg-type] # a literal, by its name
            resource_owner="acme",
            repositories=repositories,
        )
        for repositories in ([REPOSITORY], None)
    )
    for token in (app, everywhere):
        assert "denied: permission_denied: read_package" in skopeo.pull(token)
        assert is_forbidden(skopeo.push(token))
    github.packages.set("acme", "dev", visibility="public")
    assert skopeo.pull(app) == ""


@pytest.mark.usefixtures("ghcr")
def test_a_person_pushes_to_their_own_account_and_to_none_that_is_not_there(
    github: GitHubSandbox, skopeo: Skopeo
) -> None:
    hubot = person(github, "hubot")
    assert skopeo.push(hubot, "ghcr.io/hubot/tools/dev:1") == ""
    package = github.packages.get("hubot", "tools/dev")
    assert package is not None
    assert (package.repository, package.publisher) == (None, "hubot")
    assert "denied: not_found: owner not found" in skopeo.push(hubot, "ghcr.io/nobody/dev:1")
    assert "denied: permission_denied: create_package" in skopeo.push(hubot, "ghcr.io/mona/dev:1")


@pytest.mark.usefixtures("ghcr")
def test_an_organization_with_single_sign_on_admits_tokens_that_it_authorised(
    github: GitHubSandbox, skopeo: Skopeo
) -> None:
    github.add_organization("strict", members={"mona": "admin"}, saml=True)
    bare = person(github, "mona")
    authorised = github.add_token(
        "classic", owner="mona", scopes=["write:packages"], single_sign_on=["strict"]
    )
    said = [skopeo.push(token, "ghcr.io/strict/dev:1") for token in (bare, authorised)]
    assert ("denied: permission_denied: create_package" in said[0], said[1]) == (True, "")
    assert "denied: permission_denied: read_package" in skopeo.pull(bare, "ghcr.io/strict/dev:1")


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


def test_the_token_endpoint_asks_for_a_good_token_and_for_nothing_else(
    ghcr: Ghcr, github: GitHubSandbox
) -> None:
    github.add_package("acme", "open", visibility="public")
    github.add_package("acme", "alone")
    revoked = person(github, "mona")
    github.revoke_token(revoked)
    answers = [
        RawGhcr(ghcr, password).log_in(f"repository:acme/{name}")
        for password, name in (
            (person(github, "stranger"), "alone:pull,push"),
            ("wrong", "alone:pull"),
            (revoked, "alone:pull"),
            (None, "open:pull"),
            (None, "alone:pull"),
            (None, "none:pull"),
        )
    ]
    assert answers == [
        (200, ""),
        (403, "denied"),
        (403, "denied"),
        (200, ""),
        (401, "authentication required"),
        (403, "requested access to the resource is denied"),
    ]
