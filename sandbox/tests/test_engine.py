"""The engine runs containers, ends with its sandbox, and leaves neither processes nor mounts behind."""

from pathlib import Path

import pytest
from sandbox.engine import Engine, running_engine

pytestmark = pytest.mark.engine


def test_it_answers_and_runs_a_container(engine: Engine, base_image: str) -> None:
    script = ". /etc/os-release; echo $ID $VERSION_CODENAME"
    ran = engine.docker("run", "--rm", "--network", "none", base_image, "sh", "-c", script)
    assert (ran.returncode, ran.stdout) == (0, "debian trixie\n")


def test_nothing_of_it_is_left(tmp_path: Path) -> None:
    with running_engine(tmp_path, own=True) as engine:
        assert engine.docker("version").returncode == 0
        socket = Path(engine.host.removeprefix("unix://"))
    assert not socket.parent.exists()
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    assert not (tmp_path / "data").exists()
    assert _processes_that_name(str(socket.parent)) == []


def test_two_can_run_at_once(world_engine: Engine, tmp_path: Path) -> None:
    with running_engine(tmp_path, own=True) as other:
        folders = {
            each.docker("info", "--format", "{{.DockerRootDir}}").stdout for each in (world_engine, other)
        }
    assert len(folders) == 2


def test_the_base_image_is_as_slim_as_debians(engine: Engine, base_image: str) -> None:
    size = int(engine.docker("image", "inspect", "--format", "{{.Size}}", base_image).stdout)
    assert 60_000_000 < size < 90_000_000


def _processes_that_name(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command:
            found.append(command)
    return found
