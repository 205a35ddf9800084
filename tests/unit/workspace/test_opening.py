"""Opening below a folder: links, kinds of files, and what changes between the check and the opening."""

import os
import threading
from pathlib import Path

import pytest

from crreg.workspace.opening import RefusedError, folder_below, read_below, resolve, walk_below


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / "folder" / "file").write_bytes(b"text")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(b"secret")
    return root


def test_a_link_that_appears_after_the_check_is_not_followed(root: Path) -> None:
    resolved = resolve(str(root), "folder/file")
    (root / "folder").rename(root / "was")
    (root / "folder").symlink_to("../outside")

    with pytest.raises(OSError, match="folder"):
        read_below(root, resolved.split("/"), 100)


def test_a_link_in_place_of_the_file_is_not_followed(root: Path) -> None:
    (root / "link").symlink_to("folder/file")

    with pytest.raises(OSError, match="link"):
        read_below(root, ["link"], 100)


def test_a_link_inside_resolves_to_what_it_leads_to(root: Path) -> None:
    (root / "link").symlink_to("folder")

    assert resolve(str(root), "link/file") == "folder/file"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../outside/file", "is outside the repository"),
        ("/etc/hostname", "is outside the repository"),
        ("a\0b", "has a NUL character in its path"),
        ("out/file", "is a symbolic link that leads outside the repository"),
        (".GIT/config", "is in .git, which is not part of the repository's files"),
        ("git/config", "is in .git, which is not part of the repository's files"),
    ],
)
def test_what_leads_out_is_refused(root: Path, path: str, reason: str) -> None:
    (root / "out").symlink_to("../outside")
    (root / ".git").mkdir()
    (root / ".git" / "config").touch()
    (root / ".GIT").mkdir(exist_ok=True)
    (root / ".GIT" / "config").touch()
    (root / "git").symlink_to(".git")

    with pytest.raises(RefusedError) as caught:
        resolve(str(root), path)

    assert caught.value.reason == reason


def test_a_fifo_is_refused_at_once(root: Path) -> None:
    os.mkfifo(root / "fifo")
    refused: list[str] = []

    def read() -> None:
        with pytest.raises(RefusedError) as caught:
            read_below(root, ["fifo"], 100)
        refused.append(caught.value.reason)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(5)

    assert refused == ["is not a regular file"]


def test_a_file_that_is_too_large_is_told_from_others(root: Path) -> None:
    with pytest.raises(RefusedError) as caught:
        read_below(root, ["folder", "file"], 3)

    assert (caught.value.reason, caught.value.beyond) == ("is larger than 3 bytes", True)
    assert read_below(root, ["folder", "file"], 4) == b"text"


def test_no_descriptor_is_left_open(root: Path) -> None:
    (root / "link").symlink_to("folder")
    before = len(list(Path("/dev/fd").iterdir()))

    for path in (["folder", "file"], ["folder"], ["link", "file"], ["folder", "none"], ["none", "file"]):
        try:
            read_below(root, path, 100)
        except (OSError, RefusedError):
            continue

    assert len(list(Path("/dev/fd").iterdir())) == before


def test_folders_are_made_one_below_another_and_through_no_link(root: Path) -> None:
    (root / "out").symlink_to("../outside")

    with folder_below(root, ["new", "inner"], create=True):
        assert (root / "new" / "inner").is_dir()
    with pytest.raises(OSError, match="out"), folder_below(root, ["out", "new"], create=True):
        pass
    assert not (root.parent / "outside" / "new").exists()


def test_a_walk_enters_the_folders_that_are_chosen_and_shows_links_as_links(root: Path) -> None:
    (root / "folder" / "deep" / "er").mkdir(parents=True)
    (root / "folder" / "deep" / "a").touch()
    (root / "folder" / "out").symlink_to("../../outside")
    seen: dict[str, tuple[str, ...]] = {}

    for folder in walk_below(root, ["folder"]):
        seen[folder.path] = folder.names
        if not folder.path:
            assert folder.target("out") == "../../outside"
            with pytest.raises(OSError, match="out"):
                folder.open("out")
            folder.inner.append("deep")

    assert seen == {"": ("deep", "file", "out"), "deep": ("a", "er")}


def test_a_walk_ends_where_a_link_replaces_a_folder(root: Path) -> None:
    walk = walk_below(root, ["folder"])
    (root / "folder" / "deep").mkdir()
    next(walk).inner.append("deep")
    (root / "folder" / "deep").rmdir()
    (root / "folder" / "deep").symlink_to("../../outside")

    with pytest.raises(OSError, match="deep"):
        next(walk)


def test_a_deep_walk_needs_no_more_descriptors_than_a_flat_one(root: Path) -> None:
    (root / "folder" / Path(*["d"] * 50)).mkdir(parents=True)
    open_at_once = set()

    for folder in walk_below(root, ["folder"]):
        open_at_once.add(len(list(Path("/dev/fd").iterdir())))
        folder.inner.extend(name for name in folder.names if name == "d")

    assert len(open_at_once) == 1
