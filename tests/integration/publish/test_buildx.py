"""`crreg publish` of what buildx builds: several platforms, hostile output, and an end that comes from outside."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sandbox.base_image import IMAGE as BASE_IMAGE
from sandbox.base_image import ensure_base_image
from sandbox.codespace import Codespaces, Start
from sandbox.command import CRREG, surroundings
from sandbox.credentials import leaks_in
from sandbox.engine import Engine
from tests.integration.publish.scene import IMAGE, Scene

pytestmark = pytest.mark.engine

ENTRYPOINT = Path(__file__).parents[3] / "entrypoint.py"
SOURCE = "org.opencontainers.image.source"
ADDRESS = "https://github.com/acme/app"
INDEX = "application/vnd.oci.image.index.v1+json"
BOTH = ("--platform", "linux/amd64", "--platform", "linux/arm64")


@pytest.fixture
def scene(scene: Scene, newer_engine: Engine) -> Scene:
    """With a folder to build, on an engine that builds for several platforms."""
    scene.variables |= newer_engine.environment()
    (scene.folder / "app").mkdir()
    (scene.folder / "app" / "hello").write_text("hello")
    _write(scene, "FROM scratch\nCOPY hello /hello\n")
    return scene


@pytest.fixture
def codespaces(scene: Scene, world_engine: Engine) -> Codespaces:
    """On the installed engine, which keeps no connection to the GHCR of the test before."""
    return Codespaces(scene.github, world_engine, scene.world.aws.url, ghcr=True)


def test_a_build_for_several_platforms_ends_as_a_linked_index_that_others_read(
    scene: Scene, codespaces: Codespaces
) -> None:
    ended = scene.publish("--build", "app", "--to", f"{IMAGE}:1.4", "--tag", "latest", *BOTH)

    assert ended.code == 0, ended.output + ended.errors
    [image] = ended.document["images"]
    assert (image["outcome"], image["linked"]) == ("published", "yes")
    assert image["digest"] == scene.manifest("latest")[0]
    index = _inspected(scene, "1.4")
    assert (index["mediaType"], index["annotations"][SOURCE]) == (INDEX, ADDRESS)
    assert [
        (entry["platform"], scene.config(entry["digest"])["config"]["Labels"][SOURCE])
        for entry in index["manifests"]
    ] == [
        ({"architecture": "amd64", "os": "linux"}, ADDRESS),
        ({"architecture": "arm64", "os": "linux"}, ADDRESS),
    ]
    assert codespaces.start(f"{IMAGE}:1.4", repository="acme/app", person="hubot") == Start(started=True)


def test_one_platform_ends_as_an_image_with_the_labels_and_no_index(scene: Scene) -> None:
    ended = scene.publish("--build", "app", "--to", f"{IMAGE}:1.4", form="text")

    assert ended.code == 0, ended.output + ended.errors
    assert "COPY hello /hello" in ended.errors
    assert scene.config("1.4")["config"]["Labels"][SOURCE] == ADDRESS


def test_what_a_build_prints_is_no_command_to_a_runner_or_a_terminal(
    scene: Scene, newer_engine: Engine
) -> None:
    ensure_base_image(newer_engine)
    # What a step prints is not printed again where it comes from a cache.
    hostile = "echo '::add-mask::e'; printf '\\033[2J##[error]forged\\n'"
    _write(scene, f"FROM {BASE_IMAGE}\nRUN echo {scene.folder} 1; {hostile}\n")
    push = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push"}
    printed = scene.publish("--build", "app", "--to", IMAGE, form="text", **push)
    _write(scene, f"FROM {BASE_IMAGE}\nRUN echo {scene.folder} 2; {hostile}\n")
    step = subprocess.run(
        [sys.executable, ENTRYPOINT],
        env={
            **surroundings(),
            **scene.environment,
            **push,
            "GITHUB_WORKSPACE": os.fspath(scene.folder),
            "INPUT_TOKEN": scene.token,
            "INPUT_PUBLISH": f"[{{image: {IMAGE}, build: app}}]",
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (printed.code, step.returncode) == (0, 0), printed.errors + step.stdout + step.stderr
    for text in (printed.errors, step.stdout):
        assert {": :add-mask::e", "\\x1b[2J## [error]forged"} <= set(text.splitlines())
        assert "\x1b[2J" not in text
        assert "##[error]" not in text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_cut_off_leaves_no_login_and_nothing_that_runs(
    scene: Scene, newer_engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    ensure_base_image(newer_engine)
    _write(scene, f"FROM {BASE_IMAGE}\nRUN echo {tmp_path}; echo has begun; sleep 600\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    triple = scene.world.places["acme.azurecr.io"].triple("ACR")
    with subprocess.Popen(
        [CRREG, "publish", "--build", "app", "--to", IMAGE],
        cwd=scene.folder,
        env={**surroundings(), **scene.environment, **triple, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        said = [next(line for line in running.stderr if line == "has begun\n")]
        [configuration] = temporary.glob("crreg-docker-*")
        settings = json.loads((configuration / "config.json").read_text())
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (configuration, configuration / "config.json")]
        builders = _with_variable(f"DOCKER_CONFIG={configuration}")
        running.send_signal(number)
        said += running.stderr.readlines()

    assert ("acme.azurecr.io" in settings["auths"], modes) == (True, [0o700, 0o600])
    assert builders != []
    assert running.returncode == 128 + number
    assert (leaks_in("".join(said)), "Traceback" in "".join(said)) == ((), False)
    assert list(temporary.iterdir()) == []
    assert _with_variable(f"DOCKER_CONFIG={configuration}") == []
    assert scene.manifest("latest") == ("", {})


def _write(scene: Scene, dockerfile: str) -> None:
    (scene.folder / "app" / "Dockerfile").write_text(dockerfile)


def _inspected(scene: Scene, tag: str) -> dict[str, Any]:
    done = subprocess.run(
        [
            "skopeo",
            "inspect",
            "--raw",
            "--tls-verify=false",
            f"--creds=someone:{scene.token}",
            f"docker://{IMAGE}:{tag}",
        ],
        env={**os.environ, **scene.world.environment()},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _with_variable(entry: str) -> list[int]:
    """The processes that have a variable in their environment."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and entry.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            # It has ended, or is another's.
            continue
    return found
