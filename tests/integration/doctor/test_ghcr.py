"""`crreg doctor` on images of GitHub's own registry, which a codespace pulls with its own token."""

import pytest
from sandbox import credentials
from sandbox.codespace import Codespaces
from sandbox.credentials import Credential
from sandbox.engine import Engine
from sandbox.ghcr import Ghcr
from sandbox.images import Pusher
from sandbox.tests.ghcr_scene import LABEL
from sandbox.world import triple
from tests.integration.doctor.scene import REPOSITORY, Scene, administrators_token, codespace_token

IMAGE = "ghcr.io/acme/dev:1"
SETTINGS = "https://github.com/orgs/acme/packages/container/dev/settings"


@pytest.fixture
def private(scene: Scene, ghcr: Ghcr) -> Scene:
    """A private package that is linked to no repository."""
    Pusher(ghcr.backend).push("acme/dev", "1")
    scene.github.add_package("acme", "dev")
    scene.need(IMAGE)
    return scene


def test_a_package_that_is_linked_to_the_repository_is_pulled_with_the_codespace_s_own_token(
    scene: Scene, ghcr: Ghcr
) -> None:
    Pusher(ghcr.backend).push("acme/dev", "1", labels={LABEL: f"https://github.com/{REPOSITORY}"})
    scene.github.add_package("acme", "dev", repository=REPOSITORY)
    scene.need(IMAGE)
    ended = scene.doctor()
    assert (ended.code, ended.document["diagnosis"], ended.document["unasked"]) == (0, [], [])
    assert ended.document["images"][0]["pull"]["outcome"] == "available"


def test_a_package_that_is_linked_to_none_needs_a_grant_of_its_administrator(private: Scene) -> None:
    ended = private.doctor()
    assert ended.code == 1
    [found] = ended.document["diagnosis"]
    assert (found["severity"], found["action"], found["registry"]) == ("error", "grant-access", "ghcr.io")
    assert "to this codespace's own token" in found["cause"]
    assert f"`{REPOSITORY}` under Manage Codespaces access" in found["remedy"]
    assert f": {SETTINGS}\n" in found["remedy"]


def test_access_that_was_granted_by_hand_counts(private: Scene) -> None:
    private.github.packages.set("acme", "dev", codespaces_access=[REPOSITORY])
    ended = private.doctor()
    assert (ended.code, ended.document["diagnosis"]) == (0, [])


def test_a_permission_that_devcontainer_json_asks_for_counts_once_it_is_authorized(
    scene: Scene, ghcr: Ghcr
) -> None:
    Pusher(ghcr.backend).push("acme/dev", "1")
    scene.github.add_repository("acme/base")
    scene.github.add_package("acme", "dev", repository="acme/base")
    asked = '{"codespaces": {"repositories": {"acme/base": {"permissions": {"packages": "read"}}}}}'
    scene.write(".devcontainer/devcontainer.json", f'{{"image": "{IMAGE}", "customizations": {asked}}}')
    refused = scene.doctor()
    [found] = refused.document["diagnosis"]
    assert (refused.code, found["action"]) == (1, "grant-access")
    assert found["remedy"].startswith(
        "devcontainer.json asks to read packages of `acme/base`. If the package is linked to that repository, create a "
        "new codespace, and authorize what it asks for.\nOr check the image's name."
    )
    scene.token = codespace_token(scene.github, packages_of=["acme/base"])
    ended = scene.doctor()
    assert (ended.code, ended.document["diagnosis"]) == (0, [])


@pytest.mark.engine
def test_what_the_doctor_says_is_what_the_start_of_a_codespace_does(
    private: Scene, world_engine: Engine
) -> None:
    codespaces = Codespaces(private.github, world_engine, private.world.aws.url, ghcr=True)

    def both() -> tuple[bool, int]:
        start = codespaces.start(IMAGE, repository=REPOSITORY, person="hubot")
        return start.started, private.doctor().code

    refused = both()
    private.github.packages.set("acme", "dev", codespaces_access=[REPOSITORY])
    assert (refused, both()) == ((False, 1), (True, 0))


def test_a_triple_takes_the_place_of_the_codespace_s_own_token(private: Scene) -> None:
    reader = credentials.register(
        private.github.add_token("classic", owner="mona", scopes=["read:packages"]), user="mona"
    )
    private.values = triple("GHCR", "ghcr.io", Credential("mona", reader))
    assert private.doctor().code == 0
    private.github.packages.set("acme", "dev", codespaces_access=[REPOSITORY])
    private.values = triple("GHCR", "ghcr.io", credentials.credential("mona"))
    ended = private.doctor()
    [found] = ended.document["diagnosis"]
    assert (ended.code, found["action"], found["secrets"]) == (
        1,
        "update-secret",
        ["GHCR_CONTAINER_REGISTRY_PASSWORD"],
    )


def test_a_triple_in_parts_does_not(private: Scene) -> None:
    private.github.packages.set("acme", "dev", codespaces_access=[REPOSITORY])
    private.values = {"GHCR_CONTAINER_REGISTRY_SERVER": "ghcr.io"}
    ended = private.doctor()
    assert (ended.code, ended.document["images"][0]["pull"]["outcome"]) == (0, "available")
    assert [each["severity"] for each in ended.document["diagnosis"]] == ["warning"]


def test_a_person_s_token_in_the_place_of_the_codespace_s_own_tells_nothing_of_it(
    private: Scene,
) -> None:
    private.token = administrators_token(private.github)
    ended = private.doctor()
    assert (ended.code, ended.document["codespace"]["own_token"]) == (3, False)
    # It reads packages, so that the image would be available had it been used.
    assert ended.document["images"][0]["pull"]["outcome"] == "denied"


def test_a_token_that_github_no_longer_knows_is_said(private: Scene) -> None:
    private.github.packages.set("acme", "dev", codespaces_access=[REPOSITORY])
    private.github.revoke_token(private.token)
    ended = private.doctor()
    assert ended.code == 1
    [found] = ended.document["diagnosis"]
    assert "The login failed" in found["cause"]
