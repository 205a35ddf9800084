"""Reaching an engine: where it is looked for, and what is said where it is not."""

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from sandbox.engine import Engine as RunningEngine
from tests.integration.engine.workshop import Docker

pytestmark = pytest.mark.engine

# What is imported late is imported before the user changes, who may not read the interpreter's folder.
ASKER = """
import json, os, sys
import docker, docker.context
from crreg.engine.engine import Engine, EngineError

def ask(**variables):
    try:
        return Engine.connect({**os.environ, **variables}).image("absent.example/none")
    except EngineError as error:
        return [error.detail, error.remedy]

if "AS_NOBODY" in os.environ:
    ask(DOCKER_HOST="unix:///nowhere/docker.sock")
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print(json.dumps(ask()))
"""


def _ask(variables: Mapping[str, str]) -> list[str] | None:
    """What crreg, run with these variables alone, says against an engine; None if it answers."""
    done = subprocess.run(
        [sys.executable, "-c", ASKER], env=dict(variables), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said: list[str] | None = json.loads(done.stdout)
    return said


def test_the_engine_of_the_current_context_is_asked(engine: RunningEngine, docker: Docker) -> None:
    config = docker.variables["DOCKER_CONFIG"]
    docker("context", "create", "mine", "--docker", f"host={engine.host}")
    docker("context", "create", "gone", "--docker", "host=unix:///nowhere/docker.sock")
    settings = Path(config) / "config.json"
    settings.write_text(json.dumps({"currentContext": "mine"}))
    chosen = _ask({"DOCKER_CONFIG": config})
    named = _ask({"DOCKER_CONFIG": config, "DOCKER_CONTEXT": "gone"})
    by_host = _ask({"DOCKER_CONFIG": config, "DOCKER_CONTEXT": "gone", "DOCKER_HOST": engine.host})

    assert (chosen, by_host) == (None, None)
    assert (named or [""])[0] == "No Docker Engine answers at `unix:///nowhere/docker.sock`."


def test_an_address_where_nothing_listens_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"tcp://127.0.0.1:{taken.getsockname()[1]}"

        said = _ask({"DOCKER_HOST": host})

    assert (said or [""])[0] == f"No Docker Engine answers at `{host}`."


def test_an_address_that_is_none_is_said() -> None:
    said = _ask({"DOCKER_HOST": "gopher://engine"})

    assert said == [
        "DOCKER_HOST is `gopher://engine`, which is not the address of a Docker Engine.",
        "Set it to an address such as unix:///var/run/docker.sock or tcp://host:2376, or unset it to use the default.",
    ]


def test_a_socket_that_this_user_may_not_use_is_said() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as listening:
        path = Path(folder) / "docker.sock"
        listening.bind(str(path))
        listening.listen()
        path.parent.chmod(0o755)
        path.chmod(0o660)

        said = _ask({"DOCKER_HOST": f"unix://{path}", "AS_NOBODY": "1"})

    assert said == [
        f"This user can't use the Docker Engine at `unix://{path}`: permission denied on its socket.",
        "Run crreg as a user of the group docker, or as root.",
    ]


def test_a_large_context_is_not_held_in_memory(
    environment: dict[str, str], folder: Path, tmp_path: Path
) -> None:
    megabytes = 256
    with (folder / "large").open("wb") as large:
        large.truncate(megabytes << 20)
    script = """
import json, os, resource, sys
from pathlib import Path
from crreg.engine.engine import Engine
from crreg.configuration.settings import Build

folder, scratch = map(Path, sys.argv[1:])
silent = lambda text: None
engine = Engine.connect(os.environ)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
engine.build(Build(), folder, {}, bases=lambda _: (), pull_credentials=[], scratch=scratch, say=silent, progress=silent)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, folder, tmp_path],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    # Of 256 MiB, in KiB.
    assert int(done.stdout) < 32 << 10
