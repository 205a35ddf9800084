"""What is said of hosts, of receipts and of two triples for one registry is followed, and the next check is green."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from sandbox import credentials
from sandbox.credentials import Credential
from sandbox.ghcr import Ghcr
from sandbox.workflow_step import ROOT, Settings, run_step, steps_of
from sandbox.world import triple
from tests.integration.check.scene import REPOSITORY, Scene
from tests.integration.paste.desk import Desk, one, prose

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


@pytest.mark.remedy("wrong-host")
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


@pytest.mark.remedy("private-registry")
def test_images_of_a_registry_that_codespaces_do_not_reach_are_copied(
    scene: Scene, sit_down: SitDown, ghcr: Ghcr
) -> None:
    assert ghcr.address
    local = scene.world.places["basic"]
    local.push("dev/local", "1")
    scene.need(f"{local.server}/dev/local:1")
    scene.store(local.triple("LOCAL"))
    scopes = ("repo", "admin:org", "codespace:secrets", "write:packages")
    scene.token = credentials.register(scene.github.add_token("classic", owner="mona", scopes=scopes))
    desk = sit_down()
    # Only a run that allows it asks a registry on this machine and knows that it is one.
    document = scene.check("--allow-insecure", local.server).document
    copied = "ghcr.io/acme/app-dev-local:1"
    assert desk.paste(one(document, "private-registry")) == [
        f"crreg publish --link --copy {local.server}/dev/local:1 --to {copied}"
    ]
    scene.need(copied)
    desk.paste(one(desk.check(), "unused-triple"))
    desk.terminal.paste("unset " + " ".join(local.triple("LOCAL")), desk.answer)
    desk.healed()


@pytest.mark.remedy("changed-since")
def test_a_secret_that_was_changed_after_ensure_is_written_again(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    earlier = datetime.now(UTC) - timedelta(hours=5)
    values = triple("ACR", AZURE, owner)
    scene.values |= values
    secrets = {PASSWORD: values.pop(PASSWORD)}
    for name, value in secrets.items():
        scene.github.add_secret(
            "repository", REPOSITORY, name, value, application="actions", updated_at=earlier
        )
    for name, value in values.items():
        scene.github.workflows.add_variable("repository", REPOSITORY, name, value, updated_at=earlier)
    run = scene.github.workflows.add_run(REPOSITORY, created_at=datetime.now(UTC))
    scene.variables["GITHUB_RUN_ID"] = str(run)
    github = {
        "repository": REPOSITORY,
        "repository_owner": "acme",
        "token": "",
        "api_url": scene.variables["GITHUB_API_URL"],
    }
    settings = Settings(secrets | {"CODESPACES_ADMIN_TOKEN": scene.token}, values, github)
    [ensure] = steps_of(yaml.safe_load((ROOT / "examples/ensure.yml").read_text()), settings)
    code, seen = run_step(
        ensure, scene.folder, settings, scene.world.environment(), event="schedule", run=run
    )
    assert code == 0, seen.summary
    desk = sit_down(GITHUB_RUN_ID="")
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=1)
    scene.github.add_secret("repository", REPOSITORY, PASSWORD, "another", updated_at=later)
    finding = one(desk.step(ENV), "changed-since")
    assert desk.paste(finding) == [f"crreg ensure --force --repository {REPOSITORY}"]
    assert desk.github.secret_value("repository", REPOSITORY, PASSWORD) == owner.password.encode()
    after = desk.step(ENV)
    assert (after["status"], after["findings"]) == ("healthy", [])


@pytest.mark.remedy("read-differently")
def test_a_line_that_the_cli_reads_differently_is_written_as_both_read_it(
    scene: Scene, sit_down: SitDown, owner: Credential
) -> None:
    scene.store(triple("ACR", AZURE, owner))
    scene.write(".devcontainer/devcontainer.json", '{"build": {"dockerfile": "Dockerfile"}}')
    scene.write(".devcontainer/Dockerfile", f"FROM \\\n  {AZURE}/dev/base:1\n")
    desk = sit_down()
    finding = one(desk.check(), "read-differently")
    assert "Change `.devcontainer/Dockerfile`, line 1, so that both read it the same way." in desk.follow(
        finding
    )
    scene.write(".devcontainer/Dockerfile", f"FROM {AZURE}/dev/base:1\n")
    desk.healed()


@pytest.mark.remedy("same-registry")
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
