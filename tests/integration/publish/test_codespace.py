"""The proof of a publishing: a codespace that could not start without a secret starts without one."""

import shutil
import subprocess

import pytest
from sandbox.codespace import Codespaces, Start
from sandbox.engine import Engine
from tests.integration.publish.scene import IMAGE, Scene

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


def test_an_image_runs_where_it_came_from_and_where_it_was_brought(
    scene: Scene, world_engine: Engine
) -> None:
    # A program that needs nothing else, as an image from scratch has nothing else.
    shutil.copy("/sbin/ldconfig", scene.folder / "program")
    (scene.folder / "Dockerfile").write_text('FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n')
    for command in (
        ("build", "--quiet", "--tag", scene.base, str(scene.folder)),
        ("push", "--quiet", scene.base),
        ("login", "--username", "x", "--password-stdin", "ghcr.io"),
    ):
        done = world_engine.docker(*command, text=scene.token)
        assert done.returncode == 0, done.stderr
    copied = scene.copy()
    assert copied.code == 0, copied.output
    pushed = scene.publish("--local", scene.base, "--to", f"{IMAGE}:pushed", DOCKER_HOST=world_engine.host)
    assert pushed.code == 0, pushed.output
    for image in (scene.base, f"{IMAGE}:1", f"{IMAGE}:pushed"):
        world_engine.docker("image", "rm", "--force", image)
    said = [
        world_engine.docker("run", "--rm", "--network", "none", image, "--version").stdout.partition("\n")[0]
        for image in (scene.base, f"{IMAGE}:1", f"{IMAGE}:pushed")
    ]
    assert said[0].startswith("ldconfig (")
    assert said == [said[0]] * 3
