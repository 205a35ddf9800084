"""Temporary folders: private, locked as long as their run lives, and removed by the next one."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from crreg.engine.private_folder import private_folder

HOLD = """
import sys
from crreg.engine.private_folder import private_folder
with private_folder("docker") as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def sibling(temporary: Path) -> Iterator["tuple[subprocess.Popen[str], Path]"]:
    """A run that holds a folder until it is ended."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_only_this_user_may_enter_it_and_it_is_gone_at_the_end(temporary: Path) -> None:
    with private_folder("docker") as folder:
        mode = stat.S_IMODE(folder.stat().st_mode)
        (folder / "file").touch()
        inner = folder / "a"
        inner.mkdir()
        (inner / "b").touch()
        inner.chmod(0o500)

    assert (mode, folder.parent, folder.name[:13]) == (0o700, temporary, "crreg-docker-")
    assert list(temporary.iterdir()) == []


def test_what_a_link_in_it_leads_to_stays(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    kept.chmod(0o500)
    with private_folder() as folder:
        (folder / "link").symlink_to(kept)

    assert [path.name for path in kept.iterdir()] == ["file"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o500


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_before(
    sibling: "tuple[subprocess.Popen[str], Path]", temporary: Path
) -> None:
    process, theirs = sibling
    (theirs / "file").touch()
    with private_folder() as first:
        beside = {path.name for path in temporary.iterdir()}
    process.kill()
    process.wait()
    left = {path.name for path in temporary.iterdir()}
    with private_folder() as second:
        now = {path.name for path in temporary.iterdir()}

    assert beside == {theirs.name, first.name}
    assert left == {theirs.name}
    assert now == {second.name}


def test_what_only_has_a_similar_name_stays(temporary: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    (temporary / f"crreg-{'0' * 16}").symlink_to(elsewhere)
    (temporary / f"crreg-{'1' * 16}").touch()
    (temporary / "crreg-notes").mkdir()
    before = {path.name for path in temporary.iterdir()}

    with private_folder():
        pass

    assert {path.name for path in temporary.iterdir()} == before
    assert [path.name for path in elsewhere.iterdir()] == ["file"]
