"""What is said of files and of registries: what is to be edited is edited, and the next check finds it no more."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sandbox.aws import ECR_HOST
from sandbox.world import PLAIN_HOST, triple
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import Desk, ecr_token, one, prose, snippets

AZURE = "acme.azurecr.io"
DEVCONTAINER = ".devcontainer/devcontainer.json"
SETTINGS = ".github/crreg.yml"
SitDown = Callable[..., Desk]


@pytest.fixture
def stored(scene: Scene) -> Scene:
    """A triple that works, and its image."""
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    scene.store(place.triple("ACR"))
    return scene


def test_an_image_that_is_not_there_is_pushed(stored: Scene, sit_down: SitDown) -> None:
    stored.need(f"{AZURE}/dev/later:1")
    desk = sit_down()
    assert desk.paste(one(desk.check(), "image-not-found")) == [f"docker push {AZURE}/dev/later:1"]
    desk.healed()


def test_a_registry_that_no_secret_is_for_gets_three(scene: Scene, sit_down: SitDown) -> None:
    place = scene.world.places["docker.io"]
    place.push("dev/base", "1")
    scene.need("docker.io/dev/base:1")
    desk = sit_down()
    desk.knows |= place.triple("DOCKERHUB")
    commands = desk.paste(one(desk.check(), "uncovered-registry"))
    assert commands[0].endswith("--body https://index.docker.io/v1/")
    # The secrets are there, and what they hold is known to nobody but who tells this shell.
    desk.paste(one(desk.check(), "no-credentials", beside=["uncovered-registry"]))
    desk.healed()


def test_a_server_that_only_a_secret_knows_is_written_into_the_configuration(
    stored: Scene, sit_down: SitDown
) -> None:
    stored.values = {}
    desk = sit_down()
    [line] = snippets(one(desk.check(), "uncovered-registry", beside=["no-credentials"]))
    stored.write(SETTINGS, line)
    assert "uncovered-registry" not in desk.rules()


def test_a_package_that_is_granted_by_hand_is_left_out_of_the_check(scene: Scene, sit_down: SitDown) -> None:
    scene.world.places["ghcr.io"].push("acme/dev/base", "1")
    scene.need("ghcr.io/acme/dev/base:1")
    scene.token = scene.github.add_token(
        "classic", owner="mona", scopes=("repo", "admin:org", "codespace:secrets", "read:packages")
    )
    scene.github.add_package("acme", "dev/base")
    desk = sit_down()
    finding = one(desk.check(), "package-not-accessible")
    assert finding["steps"][0] == {
        "kind": "link",
        "value": "https://github.com/orgs/acme/packages/container/dev%2Fbase/settings",
        "text": f"Add `{REPOSITORY}` under Manage Codespaces access",
    }
    [line] = snippets(finding)
    scene.write(SETTINGS, line)
    assert desk.rules() == []


def test_an_ecr_token_is_left_to_crreg_by_a_line_of_the_configuration(
    scene: Scene, sit_down: SitDown
) -> None:
    scene.world.places[ECR_HOST].push("dev/base", "1")
    scene.need(f"{ECR_HOST}/dev/base:1")
    with ecr_token(scene) as token:
        for name, value in triple("ECR", ECR_HOST, token).items():
            scene.values[name] = value
            now = datetime.now(UTC)
            scene.github.add_secret("repository", REPOSITORY, name, value, updated_at=now)
        desk = sit_down()
        [line] = snippets(one(desk.check(), "short-lived-password"))
        scene.write(SETTINGS, line)
        desk.healed()


@pytest.mark.parametrize(
    ("rule", "broken", "right", "words"),
    [
        (
            "invalid-configuration",
            f'{{"image": "{AZURE}/dev/base:1"',
            f'{{"image": "{AZURE}/dev/base:1"}}',
            "Correct `.devcontainer/devcontainer.json`, line 1.",
        ),
        (
            "invalid-reference",
            f'{{"image": "{AZURE}/Dev/base:1"}}',
            f'{{"image": "{AZURE}/dev/base:1"}}',
            "REGISTRY/REPOSITORY:TAG",
        ),
        (
            "unresolved-image",
            f'{{"image": "{AZURE}/dev/base:${{localEnv:TAG}}"}}',
            f'{{"image": "{AZURE}/dev/base:${{localEnv:TAG:1}}"}}',
            "give the variable a default value",
        ),
    ],
)
def test_a_file_is_corrected_where_the_finding_says(  # noqa: PLR0917 - what is broken, and how it is corrected
    stored: Scene, sit_down: SitDown, rule: str, broken: str, right: str, words: str
) -> None:
    stored.write(DEVCONTAINER, broken)
    desk = sit_down()
    [finding] = [each for each in desk.check()["findings"] if each["rule"] == rule]
    assert words in prose(finding)
    assert finding["location"]["path"] == DEVCONTAINER
    stored.write(DEVCONTAINER, right)
    desk.healed()


def test_a_plaintext_registry_has_to_change_itself(scene: Scene, sit_down: SitDown) -> None:
    place = scene.world.places[PLAIN_HOST]
    place.push("dev/base", "1")
    scene.need(f"{PLAIN_HOST}/dev/base:1")
    scene.store(triple("PLAIN", PLAIN_HOST, place.owner))
    finding = one(sit_down().check(), "plaintext-registry")
    assert "Serve the registry by https with a certificate for its name." in prose(finding)


def test_a_registry_that_does_not_answer_can_be_asked_by_hand(stored: Scene, sit_down: SitDown) -> None:
    site = stored.world.internet.sites[AZURE]
    stored.world.internet.add(AZURE, "http://127.0.0.1:9")
    desk = sit_down()
    try:
        [command] = [
            step["value"]
            for step in one(desk.check(), "registry-unreachable")["steps"]
            if step["kind"] == "command"
        ]
    finally:
        stored.world.internet.sites[AZURE] = site
    assert desk.terminal.paste(command, desk.answer).split() == ["401"]
    desk.healed()
