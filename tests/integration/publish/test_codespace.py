"""The proof of a publishing: a codespace that could not start without a secret starts without one."""

import subprocess

import pytest
from tests.integration.publish.scene import IMAGE, Scene
from tests.sandbox.codespace import Codespaces, Start
from tests.sandbox.engine import Engine

pytestmark = pytest.mark.engine


@pytest.fixture
def codespaces(scene: Scene, world_engine: Engine) -> Codespaces:
    return Codespaces(scene.github, world_engine, scene.world.aws.url, ghcr=True)


def start(codespaces: Codespaces, image: str, repository: str = "acme/app") -> Start:
    return codespaces.start(image, repository=repository, person="hubot")


def test_a_private_image_that_is_mirrored_needs_no_triple(scene: Scene, codespaces: Codespaces) -> None:
    place = scene.world.places["basic"]
    place.push("dev/base", "1", index=True)
    private = f"{place.registry.address}/dev/base:1"
    scene.values = place.triple("ACME")
    before = start(codespaces, private)
    assert scene.publish("--copy", private, "--to", f"{IMAGE}:1").code == 0
    ends = [start(codespaces, f"{IMAGE}:1", repository) for repository in ("acme/app", "acme/api")]
    assert (before.started, ends[0], ends[1].started) == (False, Start(started=True), False)


def test_what_is_mirrored_is_what_was_there(scene: Scene, world_engine: Engine) -> None:
    """The engine pulls by the digest, which it verifies; skopeo reads the same."""
    pushed = scene.put(index=True)
    assert scene.copy().code == 0
    logged_in = world_engine.docker(
        "login", "--username", "x", "--password-stdin", "ghcr.io", text=scene.token
    )
    assert logged_in.returncode == 0, logged_in.stderr
    pulled = world_engine.docker("pull", "--quiet", f"{IMAGE}@{pushed.digest}")
    assert pulled.returncode == 0, pulled.stderr
    world_engine.docker("image", "rm", "--force", f"{IMAGE}@{pushed.digest}")
    inspected = subprocess.run(
        [
            *("skopeo", "inspect", "--tls-verify=false", "--no-tags", "--format", "{{.Digest}}"),
            *("--creds", f"x:{scene.token}", f"docker://{IMAGE}:1"),
        ],
        env={**scene.world.environment(), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert inspected.stdout.strip() == pushed.digest
