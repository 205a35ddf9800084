"""Opening below a folder: links, kinds of files, and what changes between the check and the opening."""

import os
import threading
from pathlib import Path

import pytest

from crreg.workspace.confined import RefusedError, resolve
from crreg.workspace.opening import entries_below, is_file_below, read_below, walk_below


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


def test_a_listing_shows_links_and_is_not_led_out(root: Path) -> None:
    (root / "link").symlink_to("folder")
    (root / "out").symlink_to("../outside")

    with entries_below(root, ()) as entries:
        assert {entry.name: entry.is_dir() for entry in entries} == {
            "folder": True,
            "link": True,
            "out": True,
        }
    with pytest.raises(OSError, match="out"), entries_below(root, ["out"]):
        pass


@pytest.mark.parametrize(
    ("name", "is_file"),
    [("file", True), ("folder", False), ("link", False), ("broken", True), ("to-a-file", True)],
)
def test_a_link_to_a_folder_is_no_file(root: Path, name: str, *, is_file: bool) -> None:
    (root / "file").touch()
    (root / "link").symlink_to("folder")
    (root / "broken").symlink_to("nowhere")
    (root / "to-a-file").symlink_to("file")

    assert is_file_below(root, [name]) is is_file


def test_a_file_behind_a_link_is_not_looked_at(root: Path) -> None:
    (root / "out").symlink_to("../outside")

    with pytest.raises(OSError, match="out"):
        is_file_below(root, ["out", "file"])


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
