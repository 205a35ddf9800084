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


@pytest.mark.remedy("image-not-found")
def test_an_image_that_is_not_there_is_pushed(stored: Scene, sit_down: SitDown) -> None:
    stored.need(f"{AZURE}/dev/later:1")
    desk = sit_down()
    assert desk.paste(one(desk.check(), "image-not-found")) == [f"docker push {AZURE}/dev/later:1"]
    desk.healed()


@pytest.mark.remedy("unsupported-configuration")
def test_a_dockerfile_in_the_compose_file_becomes_a_file(stored: Scene, sit_down: SitDown) -> None:
    service = "services:\n  s0:\n    build:\n      context: .\n"
    inline = f"      dockerfile_inline: FROM {AZURE}/dev/base:1\n"
    stored.write(".devcontainer/c.yml", service + inline)
    desk = sit_down()
    desk.follow(one(desk.check(), "unsupported-configuration"))
    stored.write(".devcontainer/c.yml", service)
    stored.write(".devcontainer/Dockerfile", f"FROM {AZURE}/dev/base:1\n")
    desk.healed()


@pytest.mark.remedy("uncovered-registry")
@pytest.mark.remedy("no-credentials")
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


@pytest.mark.remedy("uncovered-registry")
def test_a_server_that_only_a_secret_knows_is_written_into_the_configuration(
    stored: Scene, sit_down: SitDown
) -> None:
    stored.values = {}
    desk = sit_down()
    finding = one(desk.check(), "uncovered-registry", beside=["no-credentials"])
    desk.follow(finding)
    [line] = snippets(finding)
    stored.write(SETTINGS, line)
    assert "uncovered-registry" not in desk.rules()


def test_a_package_of_another_repository_is_asked_for_in_devcontainer_json(
    scene: Scene, sit_down: SitDown
) -> None:
    scene.world.places["ghcr.io"].push("acme/dev/base", "1")
    scene.token = scene.github.add_token(
        "classic", owner="mona", scopes=("repo", "admin:org", "codespace:secrets", "read:packages")
    )
    scene.github.add_repository("acme/base")
    scene.github.add_package("acme", "dev/base", repository="acme/base")
    image = '{"image": "ghcr.io/acme/dev/base:1"'
    scene.write(DEVCONTAINER, image + "}")
    desk = sit_down()
    finding = one(desk.check(), "package-not-accessible")
    assert finding["severity"] == "error"
    lines, _ = snippets(finding)
    scene.write(DEVCONTAINER, f"{image}, {lines}}}")
    # The check can't see who authorizes it. tests/integration/check/test_authorized_packages.py starts codespaces.
    after = desk.again()
    [left] = after["findings"]
    assert (after["status"], left["severity"]) == ("unknown", "warning")
    assert "Authorize it when you create the codespace." in prose(left)


@pytest.mark.remedy("package-not-accessible")
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
    desk.follow(finding)
    [line] = snippets(finding)
    scene.write(SETTINGS, line)
    assert desk.rules() == []


@pytest.mark.remedy("short-lived-password")
def test_an_ecr_token_is_left_to_crreg_by_a_line_of_the_configuration(
    scene: Scene, sit_down: SitDown
) -> None:
    scene.world.places[ECR_HOST].push("dev/base", "1")
    scene.need(f"{ECR_HOST}/dev/base:1")
    with ecr_token(scene.world) as token:
        for name, value in triple("ECR", ECR_HOST, token).items():
            scene.values[name] = value
            now = datetime.now(UTC)
            scene.github.add_secret("repository", REPOSITORY, name, value, updated_at=now)
        desk = sit_down()
        finding = one(desk.check(), "short-lived-password")
        desk.follow(finding)
        [line] = snippets(finding)
        scene.write(SETTINGS, line)
        desk.healed()


@pytest.mark.parametrize(
    ("rule", "broken", "right", "words"),
    [
        pytest.param(
            "invalid-configuration",
            f'{{"image": "{AZURE}/dev/base:1"',
            f'{{"image": "{AZURE}/dev/base:1"}}',
            "Correct `.devcontainer/devcontainer.json`, line 1.",
            marks=pytest.mark.remedy("invalid-configuration"),
        ),
        pytest.param(
            "invalid-reference",
            f'{{"image": "{AZURE}/Dev/base:1"}}',
            f'{{"image": "{AZURE}/dev/base:1"}}',
            "REGISTRY/REPOSITORY:TAG",
            marks=pytest.mark.remedy("invalid-reference"),
        ),
        pytest.param(
            "unresolved-image",
            f'{{"image": "{AZURE}/dev/base:${{localEnv:TAG}}"}}',
            f'{{"image": "{AZURE}/dev/base:${{localEnv:TAG:1}}"}}',
            "give the variable a default value",
            marks=pytest.mark.remedy("unresolved-image"),
        ),
    ],
)
def test_a_file_is_corrected_where_the_finding_says(  # noqa: PLR0917 - what is broken, and how it is corrected
    stored: Scene, sit_down: SitDown, rule: str, broken: str, right: str, words: str
) -> None:
    stored.write(DEVCONTAINER, broken)
    desk = sit_down()
    [finding] = [each for each in desk.check()["findings"] if each["rule"] == rule]
    assert words in desk.follow(finding)
    assert finding["location"]["path"] == DEVCONTAINER
    stored.write(DEVCONTAINER, right)
    desk.healed()


@pytest.mark.remedy("plaintext-registry")
def test_a_plaintext_registry_has_to_change_itself(scene: Scene, sit_down: SitDown) -> None:
    place = scene.world.places[PLAIN_HOST]
    place.push("dev/base", "1")
    scene.need(f"{PLAIN_HOST}/dev/base:1")
    scene.store(triple("PLAIN", PLAIN_HOST, place.owner))
    desk = sit_down()
    finding = one(desk.check(), "plaintext-registry")
    assert "Serve the registry over https with a certificate for its name." in desk.follow(finding)
    scene.world.internet.add(PLAIN_HOST, place.registry.url)
    try:
        desk.healed()
    finally:
        scene.world.internet.add(PLAIN_HOST, place.registry.url, tls=False)


@pytest.mark.remedy("registry-unreachable")
def test_a_registry_that_does_not_answer_can_be_asked_by_hand(stored: Scene, sit_down: SitDown) -> None:
    site = stored.world.internet.sites[AZURE]
    stored.world.internet.add(AZURE, "http://127.0.0.1:9")
    desk = sit_down()
    try:
        finding = one(desk.check(), "registry-unreachable")
    finally:
        stored.world.internet.sites[AZURE] = site
    desk.follow(finding)
    [command] = [step["value"] for step in finding["steps"] if step["kind"] == "command"]
    assert desk.terminal.paste(command, desk.answer).split() == ["401"]
    desk.healed()
