import os
from pathlib import Path

import pytest

from crreg.engine.context import open_context, unpacked
from crreg.engine.error import EngineError


def test_the_folder_holds_what_the_archive_does(tmp_path: Path) -> None:
    workspace, scratch = tmp_path / "workspace", tmp_path / "scratch"
    scratch.mkdir()
    (workspace / "app" / ".git").mkdir(parents=True)
    (workspace / "app" / "run").write_text("run")
    (workspace / "app" / "run").chmod(0o775)
    (workspace / "app" / "left-out").write_text("x")
    (workspace / "app" / "link").symlink_to("/etc/passwd")
    (workspace / "app" / "large").write_bytes(os.urandom(1_000_003))
    (workspace / "app" / ".dockerignore").write_text("left-out\n")
    (workspace / "Dockerfile").write_text("FROM scratch\n")
    context = open_context(workspace, "app", "Dockerfile")
    with unpacked(context, scratch) as folder:
        assert sorted(path.name for path in folder.iterdir()) == sorted(
            [".dockerignore", context.dockerfile, "large", "link", "run"]
        )
        assert (folder / context.dockerfile).read_text() == "FROM scratch\n"
        assert (folder / "run").stat().st_mode & 0o777 == 0o775
        assert (folder / "link").readlink() == Path("/etc/passwd")
        assert (folder / "large").read_bytes() == (workspace / "app" / "large").read_bytes()
    assert list(scratch.iterdir()) == []


def test_where_there_is_no_room_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    context = open_context(tmp_path, ".", None)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    monkeypatch.setattr("tarfile.copyfileobj", full)
    with pytest.raises(EngineError) as caught, unpacked(context, tmp_path):
        pass
    assert caught.value.detail == "The build's context can't be copied: No space left on device."
