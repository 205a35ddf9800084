"""What is said of hosts, of receipts and of two triples for one registry is followed, and the next check is green."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sandbox.credentials import Credential
from sandbox.world import triple
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import Desk, one, prose, step

AZURE, TYPO = "acme.azurecr.io", "acme-typo.azurecr.io"
ENV = """
ACR_CONTAINER_REGISTRY_SERVER: ${{ vars.ACR_CONTAINER_REGISTRY_SERVER }}
ACR_CONTAINER_REGISTRY_USER: ${{ vars.ACR_CONTAINER_REGISTRY_USER }}
ACR_CONTAINER_REGISTRY_PASSWORD: ${{ secrets.ACR_CONTAINER_REGISTRY_PASSWORD }}
"""
PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
SitDown = Callable[..., Desk]


@pytest.fixture
def owner(scene: Scene) -> Credential:
    """Who may pull the image that is needed."""
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    return place.owner


def test_a_server_whose_certificate_is_for_another_name_is_corrected(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    internet = scene.world.internet
    internet.add(TYPO, internet.sites[AZURE].backend, leaf=internet.authority.leaf("elsewhere.example"))
    scene.need(f"{TYPO}/dev/base:1")
    scene.store(triple("ACR", TYPO, owner))
    desk = sit_down()
    try:
        finding = one(desk.check(), "wrong-host")
    finally:
        del internet.sites[TYPO]
    assert "Correct SERVER, and the images' names if they have the same mistake." in prose(finding)
    desk.knows |= triple("ACR", AZURE, owner)
    desk.paste(finding)
    scene.need(f"{AZURE}/dev/base:1")
    desk.healed()


def test_images_of_a_registry_that_codespaces_do_not_reach_are_copied(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    local = scene.world.places["basic"]
    local.push("dev/local", "1")
    scene.need(f"{local.server}/dev/local:1")
    scene.store(triple("ACR", AZURE, owner) | local.triple("LOCAL"))
    desk = sit_down()
    # Only who allows it asks a registry on this machine and knows that it is one.
    document = scene.check("--allow-insecure", local.server).document
    finding = next(each for each in document["findings"] if each["rule"] == "private-registry")
    assert "copy its images to a registry that has one (crreg publish)" in prose(finding)
    desk.terminal.paste(
        f"crreg publish --copy {local.server}/dev/local:1 --to {AZURE}/dev/local:1", desk.answer
    )
    scene.need(f"{AZURE}/dev/local:1")
    assert "private-registry" not in desk.rules()
    assert [image["pull"]["outcome"] for image in desk.again()["images"]] == ["available"]


def test_a_secret_that_was_changed_after_ensure_is_written_again(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    for name, value in triple("ACR", AZURE, owner).items():
        earlier = datetime.now(UTC) - timedelta(hours=5)
        if name == PASSWORD:
            scene.github.add_secret(
                "repository", REPOSITORY, name, value, application="actions", updated_at=earlier
            )
        else:
            scene.github.workflows.add_variable("repository", REPOSITORY, name, value, updated_at=earlier)
        scene.values[name] = value
    run = scene.github.workflows.add_run(REPOSITORY, created_at=datetime.now(UTC))
    scene.variables["GITHUB_RUN_ID"] = str(run)
    desk = sit_down(GITHUB_ACTIONS="", GITHUB_RUN_ID="")
    workflow = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule"}
    variables = " ".join(
        f"{name}={value}" for name, value in (workflow | {"GITHUB_RUN_ID": str(run)}).items()
    )
    desk.terminal.paste(f"env {variables} crreg ensure", desk.answer)
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    scene.github.add_secret("repository", REPOSITORY, PASSWORD, "another", updated_at=later)
    finding = one(step(scene, ENV).document, "changed-since")
    assert desk.paste(finding) == [f"crreg ensure --force --repository {REPOSITORY}"]
    assert desk.github.secret_value("repository", REPOSITORY, PASSWORD) == owner.password.encode()
    after = step(scene, ENV).document
    assert (after["status"], after["findings"]) == ("healthy", [])


def test_a_line_that_the_cli_reads_differently_is_written_as_both_read_it(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    scene.store(triple("ACR", AZURE, owner))
    scene.write(".devcontainer/devcontainer.json", '{"build": {"dockerfile": "Dockerfile"}}')
    scene.write(".devcontainer/Dockerfile", f"FROM \\\n  {AZURE}/dev/base:1\n")
    desk = sit_down()
    finding = one(desk.check(), "read-differently")
    assert "Change `.devcontainer/Dockerfile`, line 1, so that both read the same." in prose(finding)
    scene.write(".devcontainer/Dockerfile", f"FROM {AZURE}/dev/base:1\n")
    desk.healed()


def test_one_of_two_triples_of_a_registry_is_deleted(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    scene.store(triple("ACR", AZURE, owner) | triple("AZURE", AZURE, owner))
    desk = sit_down()
    commands = desk.paste(one(desk.check(), "same-registry"))
    assert [command.split()[3] for command in commands] == [
        f"AZURE_CONTAINER_REGISTRY_{part}" for part in ("SERVER", "USER", "PASSWORD")
    ]
    desk.terminal.paste("unset " + " ".join(triple("AZURE", AZURE, owner)), desk.answer)
    desk.healed()
