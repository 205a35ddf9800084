"""docs/doctor.md shows what the doctor prints."""

import os
import re
from pathlib import Path

import pytest
from docs.generate import ROOT
from sandbox import credentials
from sandbox.codespace import environment as secrets_of
from sandbox.ghcr import Ghcr
from sandbox.images import Pusher
from sandbox.recovery_container import Machine
from tests.integration.doctor.recovery import Recovery
from tests.integration.doctor.scene import AZURE, NAME, PERSON, REPOSITORY, Scene
from tests.unit.docs.pages import blocks_of

PASSWORD = "ACR_CONTAINER_REGISTRY_PASSWORD"
PAGE = ROOT / "docs" / "doctor.md"


def block(beginning: str) -> str:
    """The page's block that begins so."""
    [found] = [each.text for each in blocks_of(PAGE) if each.text.startswith(beginning)]
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a program a /workspaces of its own")
def test_the_diagnosis_on_the_page_is_what_the_doctor_prints(
    scene: Scene, ghcr: Ghcr, tmp_path: Path
) -> None:
    Pusher(ghcr.backend).push("acme/queue", "2.1")
    scene.github.add_package("acme", "queue")
    place = scene.world.places[AZURE]
    place.push("dev/base", "1")
    scene.store({**place.triple("ACR"), PASSWORD: credentials.password()})
    recovery = Recovery(scene, tmp_path, Machine.like_this_one(tmp_path / "machine"))
    folder = recovery.workspaces / "app" / ".devcontainer"
    (folder / "devcontainer.json").write_text('{"dockerComposeFile": "c.yml", "service": "a"}')
    images = f"  a: {{image: {AZURE}/dev/base:1}}\n  db: {{image: ghcr.io/acme/queue:2.1}}\n"
    (folder / "c.yml").write_text(f"services:\n{images}")
    recovery.fail(f'Error response from daemon: Head "https://{AZURE}/v2/dev/base/manifests/1": unauthorized')
    variables = {
        "GITHUB_API_URL": scene.world.api_of(scene.github.url),
        "CODESPACES": "true",
        "CODESPACE_NAME": NAME,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_USER": PERSON,
        "GITHUB_TOKEN": scene.token,
        **secrets_of(scene.github, REPOSITORY, PERSON),
    }
    printed = recovery.doctor("text", **variables).output
    printed = re.sub(r"started [^;]+ ago", "started 1 hour ago", printed)
    printed = printed.replace(f"--name {place.owner.user}", "--name puller")
    expected = block("✗ Codespace").splitlines()
    assert printed.splitlines()[: len(expected)] == expected


def test_the_property_on_the_page_is_what_the_doctor_prints(scene: Scene) -> None:
    scene.world.places[AZURE].push("dev/base", "1")
    scene.need(f"{AZURE}/dev/base:1")
    beginning, _, _ = block('  "secrets"').partition("    ...")
    assert scene.doctor("--write-recommended", form="text").output.startswith(beginning)
