"""`crreg check` on images of GitHub's own registry: what codespaces may pull without a secret, and what not."""

from typing import Literal

import pytest
from sandbox import credentials
from tests.integration.check.scene import REPOSITORY, Scene

GHCR = "ghcr.io"
IMAGE = f"{GHCR}/acme/dev/base"
PACKAGE = "/orgs/acme/packages/container/dev%2Fbase"
LISTS = [
    "/orgs/acme/codespaces/secrets",
    f"/repos/{REPOSITORY}",
    f"/repos/{REPOSITORY}/codespaces/secrets",
    "/user/codespaces/secrets",
]


@pytest.fixture(autouse=True)
def _of_github_com(scene: Scene) -> None:
    """Only a GitHub that is known has a registry of its own."""
    scene.variables["GITHUB_API_URL"] = scene.world.api_of(scene.github.url)


@pytest.fixture
def private(scene: Scene) -> Scene:
    """Two tags of one private image, needed at two places, and a token that may read packages."""
    place = scene.world.places[GHCR]
    for tag in ("1", "2"):
        place.push("acme/dev/base", tag)
    scene.need(f"{IMAGE}:1", f"{IMAGE}:2")
    scene.token = token(scene, "read:packages")
    return scene


def token(scene: Scene, *more: str) -> str:
    scopes = ("repo", "admin:org", "codespace:secrets", *more)
    return credentials.register(scene.github.add_token("classic", owner="mona", scopes=scopes))


def asked(scene: Scene) -> list[str]:
    return sorted(request.path for request in scene.github.requests())


def test_a_package_of_the_repository_needs_no_secret_and_one_request(private: Scene) -> None:
    private.github.add_package("acme", "dev/base", repository=REPOSITORY)
    private.github.forget()
    ended = private.check()
    assert (ended.code, ended.rules) == (0, [])
    assert [image["pull"]["outcome"] for image in ended.document["images"]] == ["denied", "denied"]
    assert asked(private) == sorted([*LISTS, PACKAGE])
    assert private.github.violations() == []


def test_a_package_of_the_repository_can_be_pulled_says_the_table(private: Scene) -> None:
    private.github.add_package("acme", "dev/base", repository=REPOSITORY)
    text, markdown = (private.check("--format", form).output for form in ("text", "markdown"))
    assert text.count("✓ granted to codespaces") == markdown.count("✅ granted to codespaces") == 2
    assert "2 of 2 images can be pulled" in text


@pytest.mark.parametrize(
    ("visibility", "repository", "why"),
    [
        ("private", None, "private and not linked to a repository"),
        ("private", "acme/other", "private and linked to another repository, `acme/other`"),
    ],
)
def test_a_package_that_is_closed_is_one_error_at_the_line_that_names_it(
    private: Scene, visibility: Literal["private"], repository: str | None, why: str
) -> None:
    private.github.add_repository("acme/other")
    private.github.add_package("acme", "dev/base", visibility=visibility, repository=repository)
    private.github.forget()
    ended = private.check()
    assert (ended.code, ended.rules) == (1, ["package-not-accessible"])
    [finding] = ended.document["findings"]
    assert finding["location"]["line"] == 2
    assert f"the package is {why}, and no secret logs in" in finding["message"]
    assert "https://github.com/orgs/acme/packages/container/dev%2Fbase/settings" in finding["remedy"]
    assert asked(private) == sorted([*LISTS, PACKAGE])


def test_what_was_granted_by_hand_is_left_out(private: Scene) -> None:
    private.github.add_package("acme", "dev/base")
    private.write(".github/crreg.yml", "ignore: [package-not-accessible]\n")
    ended = private.check()
    assert (ended.code, ended.rules) == (0, [])


@pytest.mark.parametrize(
    ("visibility", "rules"), [("private", []), ("internal", []), ("public", ["package-not-accessible"])]
)
def test_an_internal_package_is_open_to_all_but_public_repositories(
    private: Scene, visibility: Literal["private", "internal", "public"], rules: list[str]
) -> None:
    private.github.add_repository(REPOSITORY, visibility=visibility)
    private.github.add_package("acme", "dev/base", visibility="internal")
    assert private.check().rules == rules


def test_a_package_of_another_owner_costs_a_second_request_where_that_is_a_person(scene: Scene) -> None:
    scene.github.add_user("hubot")
    scene.github.add_package("hubot", "tools")
    scene.need(f"{GHCR}/hubot/tools:1")
    scene.token = token(scene, "read:packages")
    scene.github.forget()
    ended = scene.check()
    # Only its owner sees a private package that is linked to no repository.
    assert ended.rules == ["uncovered-registry"]
    assert "GitHub shows no package of this name to this token." in ended.document["findings"][0]["message"]
    assert asked(scene) == sorted(
        [*LISTS, "/orgs/hubot/packages/container/tools", "/users/hubot/packages/container/tools"]
    )


@pytest.mark.parametrize(
    ("kind", "hint"),
    [
        ("classic", "give crreg a token that can read it: scope `read:packages`."),
        ("workflow", "the workflow's own `${{ github.token }}` with `packages: read` under `permissions:`"),
    ],
)
def test_a_token_that_may_not_read_packages_leaves_a_doubt_and_says_which_may(
    private: Scene, kind: Literal["classic", "workflow"], hint: str
) -> None:
    private.github.add_package("acme", "dev/base")
    private.token = (
        token(private)
        if kind == "classic"
        else credentials.register(
            private.github.add_token("workflow", resource_owner="acme", repositories=[REPOSITORY])
        )
    )
    ended = private.check()
    [finding] = [each for each in ended.document["findings"] if each["rule"] == "uncovered-registry"]
    assert finding["severity"] == "warning"
    assert hint in finding["remedy"]


def test_a_workflows_own_token_is_enough_for_a_package_of_its_repository(private: Scene) -> None:
    private.github.add_package("acme", "dev/base", repository=REPOSITORY)
    private.token = credentials.register(
        private.github.add_token(
            "workflow",
            permissions={"packages": "read"},
            resource_owner="acme",
            repositories=[REPOSITORY],
        )
    )
    ended = private.check()
    assert ended.code == 0
    assert {finding["severity"] for finding in ended.document["findings"]} <= {"warning"}
    assert "uncovered-registry" not in ended.rules


def test_nothing_is_asked_for_what_is_public_covered_or_elsewhere(scene: Scene) -> None:
    places = scene.world.places
    places[GHCR].push("public/base")
    scene.need(f"{GHCR}/public/base", "acme/private:1", "acme.azurecr.io/dev/base:1")
    scene.github.forget()
    scene.check()
    assert asked(scene) == sorted(LISTS)
    scene.need(f"{IMAGE}:1")
    scene.store(places[GHCR].triple("GHCR"))
    scene.github.forget()
    scene.check()
    assert asked(scene) == sorted(LISTS)


def test_packages_that_github_does_not_tell_of_hold_up_nothing_else(private: Scene) -> None:
    private.github.add_package("acme", "dev/base", repository=REPOSITORY)
    private.github.fail(500, requests=10, path="/packages/")
    ended = private.check()
    [finding] = ended.document["findings"]
    assert (finding["rule"], finding["severity"]) == ("uncovered-registry", "warning")
    assert "could not find out whether the package grants access: GitHub" in finding["message"]


def test_an_enterprise_server_has_a_registry_of_its_own(private: Scene) -> None:
    internet, own = private.world.internet, "containers.ghe.example"
    internet.add("ghe.example", private.github.url)
    internet.add(own, private.world.places[GHCR].registry.url)
    private.need(f"{own}/acme/dev/base:1", f"{IMAGE}:1")
    private.github.add_package("acme", "dev/base")
    private.github.forget()
    ended = private.check(GITHUB_API_URL="https://ghe.example/api/v3")
    findings = [(finding["rule"], finding["registry"]) for finding in ended.document["findings"]]
    assert ("package-not-accessible", own) in findings
    # A Server has no Codespaces, which one finding says for all levels.
    assert [rule for rule, _ in findings].count("unreadable-secrets") == 1
    assert "https://ghe.example/orgs/acme/packages/container/dev%2Fbase/settings" in ended.output
    assert PACKAGE in asked(private)


def test_a_package_that_is_not_answered_for_in_time_is_a_doubt(private: Scene) -> None:
    private.github.add_package("acme", "dev/base", repository=REPOSITORY)
    private.github.fail(503, requests=10, retry_after=50, path="/packages/")
    ended = private.check(CRREG_TIMEOUT="4")
    assert ended.rules == ["uncovered-registry"]
    assert "could not find out whether the package grants access" in ended.document["findings"][0]["message"]
