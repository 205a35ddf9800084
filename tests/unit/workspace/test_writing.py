"""Writing beside a stranger's links: which are followed, what is replaced, and what an interruption leaves."""

import errno
import os
import stat
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from crreg.workspace.writing import append_to_file, claim_file, claim_inside, write_file, write_inside


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "file").write_text("the runner's own")
    return folder


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "mnt" / "checkout"
    folder.mkdir(parents=True)
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


UNTOUCHED = {"file": "the runner's own"}


def test_a_report_is_written_into_new_folders_of_the_workspace(workspace: Path) -> None:
    write_inside(workspace, "reports/today/crreg.json", "{}")

    assert (workspace / "reports" / "today" / "crreg.json").read_text() == "{}"
    assert contents(workspace / "reports" / "today") == {"crreg.json": "{}"}


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/crreg-test", "link/file", "link", ".", "", "inner/../..", "pipe", "folder"]
)
def test_a_report_is_never_written_outside_the_workspace(workspace: Path, outside: Path, path: str) -> None:
    (workspace / "link").symlink_to(outside)
    (workspace / "folder").mkdir()
    os.mkfifo(workspace / "pipe")

    for write in (partial(write_inside, workspace, path, "x"), partial(claim_inside, workspace, path)):
        with pytest.raises(OSError, match=r"is outside|symbolic link|directory|not a regular file"):
            write()

    assert contents(outside) == UNTOUCHED
    assert sorted(entry.name for entry in workspace.iterdir()) == ["folder", "link", "pipe"]


def test_a_link_to_a_folder_of_the_workspace_is_not_followed_either(workspace: Path) -> None:
    (workspace / "real").mkdir()
    (workspace / "link").symlink_to("real")

    with pytest.raises(PermissionError, match="contains the symbolic link `link`, which is in a checkout"):
        write_inside(workspace, "link/report", "x")


@pytest.mark.parametrize("path", [".git/config", ".GIT/config", "link/config", "direct"])
def test_a_report_never_becomes_a_part_of_git_itself(workspace: Path, path: str) -> None:
    (workspace / ".git").mkdir()
    (workspace / ".git" / "config").write_text("kept")
    (workspace / "link").symlink_to(".git")
    (workspace / "direct").symlink_to(".git/config")

    with pytest.raises(PermissionError, match=r"in \.git|symbolic link"):
        write_inside(workspace, path, "x")

    assert (workspace / ".git" / "config").read_text() == "kept"


def test_a_link_of_a_checkout_is_not_followed_however_the_checkout_is_reached(
    workspace: Path, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "_work"
    work.symlink_to(tmp_path / "mnt")
    linked = work / "checkout"
    (workspace / "report").symlink_to(outside / "file")
    (workspace / "out").symlink_to(outside)
    (workspace / "app").mkdir()
    monkeypatch.chdir(workspace)

    for path in ("report", "out/report", "app/../report", "./report"):
        for named in (path, workspace / path, linked / path):
            for given in (workspace, linked):
                for write in (partial(write_file, named, "x", [given]), partial(claim_file, named, [given])):
                    with pytest.raises(PermissionError, match="symbolic link"):
                        write()
    assert contents(outside) == UNTOUCHED


@pytest.mark.parametrize("git", ["folder", "file", "link"])
def test_any_folder_with_git_in_it_is_a_checkout(workspace: Path, outside: Path, git: str) -> None:
    entry = workspace / ".git"
    if git == "folder":
        entry.mkdir()
    elif git == "file":
        entry.write_text("gitdir: elsewhere")
    else:
        entry.symlink_to("nowhere")
    (workspace / "app").mkdir()
    (workspace / "app" / "report").symlink_to(outside / "file")

    with pytest.raises(PermissionError, match="symbolic link"):
        write_file(workspace / "app" / "report", "x", [])

    assert contents(outside) == UNTOUCHED


def test_a_link_outside_is_followed_and_leads_through_none_of_a_checkout(
    workspace: Path, outside: Path, tmp_path: Path
) -> None:
    (tmp_path / "latest").symlink_to("outside/new")
    (tmp_path / "trap").symlink_to("mnt/checkout/report")
    (workspace / "report").symlink_to(outside / "file")

    write_file(tmp_path / "latest", "x", [workspace])
    with pytest.raises(PermissionError, match="symbolic link `report`"):
        write_file(tmp_path / "trap", "x", [workspace])

    assert contents(outside) == {**UNTOUCHED, "new": "x"}
    assert (tmp_path / "latest").is_symlink()


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")

    with pytest.raises(OSError, match="Too many levels"):
        write_file(tmp_path / "a", "x", [])


def test_a_folder_that_is_missing_outside_is_not_made(tmp_path: Path, workspace: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_file(tmp_path / "none" / "file", "x", [workspace])
    assert not (tmp_path / "none").exists()


def test_a_claim_leaves_what_is_there(workspace: Path) -> None:
    (workspace / "report").write_text("of the last run")

    claim_inside(workspace, "report")
    claim_inside(workspace, "new")

    assert contents(workspace) == {"report": "of the last run"}


def test_mode_and_hard_links_are_kept_apart(workspace: Path, outside: Path) -> None:
    (workspace / "report").hardlink_to(outside / "file")
    (outside / "file").chmod(0o640)

    write_inside(workspace, "report", "x")
    write_inside(workspace, "new", "x")

    assert contents(outside) == UNTOUCHED
    assert stat.S_IMODE((workspace / "report").stat().st_mode) == 0o640
    assert stat.S_IMODE((workspace / "new").stat().st_mode) & 0o133 == 0


def test_an_end_in_the_middle_leaves_the_old_report(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace / "report").write_text("old")

    def end(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "rename", end)
    with pytest.raises(KeyboardInterrupt):
        write_inside(workspace, "report", "new")

    assert contents(workspace) == {"report": "old"}


def test_a_full_disk_leaves_the_old_report(workspace: Path) -> None:
    (workspace / "report").write_text("old")
    program = (
        "import resource, signal, sys; from pathlib import Path; from crreg.workspace.writing import write_inside\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9, 9))\n"
        "try: write_inside(Path(sys.argv[1]), 'report', 'x' * 100)\n"
        "except OSError as error: print(error.strerror)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(workspace)], capture_output=True, text=True, check=True
    )

    assert done.stdout == "File too large\n"
    assert contents(workspace) == {"report": "old"}


def test_what_is_no_file_outside_is_written_to_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.append((tmp_path / "pipe").read_text()))
    reader.start()
    while True:
        try:
            write_file(tmp_path / "pipe", "x" * 200_000, [])
        except OSError:
            # The reader is not there yet.
            continue
        break
    reader.join(10)
    write_file("/dev/null", "x", [])

    assert heard == ["x" * 200_000]
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_pipe_without_a_reader_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(OSError, match=r".*") as caught:
        write_file(tmp_path / "pipe", "x", [])
    assert caught.value.errno == errno.ENXIO


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows open files as links below /proc")
@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_can_be_named(name: str, tmp_path: Path) -> None:
    program = (
        f"from crreg.workspace.writing import *; claim_file({name!r}, []); write_file({name!r}, 'x', [])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    with (tmp_path / "file").open("wb") as file:
        subprocess.run([sys.executable, "-c", program], stdout=file, check=True)

    assert (done.stdout, (tmp_path / "file").read_text()) == ("x", "x")


def test_the_runners_files_are_appended_to(tmp_path: Path, workspace: Path, outside: Path) -> None:
    (tmp_path / "output").write_bytes(b"a\n")
    (workspace / ".git").mkdir()
    (workspace / "output").symlink_to(outside / "file")

    append_to_file(tmp_path / "output", b"b\n")
    append_to_file(tmp_path / "new", b"b\n")
    with pytest.raises(PermissionError):
        append_to_file(workspace / "output", b"b\n")

    assert ((tmp_path / "output").read_bytes(), (tmp_path / "new").read_bytes()) == (b"a\nb\n", b"b\n")
    assert contents(outside) == UNTOUCHED


def test_no_descriptor_is_left_open(workspace: Path) -> None:
    before = len(list(Path("/dev/fd").iterdir()))

    write_inside(workspace, "a/b", "x")
    for path in ("../x", "a", ".git/x", "a/b/c"):
        with pytest.raises(OSError, match=r"outside|directory|\.git|Not a"):
            write_inside(workspace, path, "x")

    assert len(list(Path("/dev/fd").iterdir())) == before
