"""What stays inside a folder: paths that lead out of it, into `.git`, and through links."""

import os
from pathlib import Path

import pytest

from crreg.workspace.confined import RefusedError, folder_below, follow, inside, placed, resolve


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
        ("sub/.git/config", "is in .git, which is not part of the repository's files"),
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
    (root / "sub" / ".git").mkdir(parents=True)

    with pytest.raises(RefusedError) as caught:
        resolve(str(root), path)

    assert caught.value.reason == reason


def test_nothing_in_git_is_followed(root: Path) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "link").symlink_to("../folder/file")

    assert follow(str(root), ".git/link").path == ".git/link"
    assert resolve(str(root), ".git/../folder/file") == "folder/file"


def test_a_folder_is_opened_through_no_link(root: Path) -> None:
    (root / "out").symlink_to("../outside")

    with folder_below(root, ["folder"]) as folder:
        assert os.stat("file", dir_fd=folder).st_size == len(b"text")
    with pytest.raises(OSError, match="out"), folder_below(root, ["out"]):
        pass


@pytest.mark.parametrize("path", ["../outside/file", "/etc/hostname", ".", ""])
def test_a_path_that_leads_out_of_the_workspace_is_no_place_to_write(root: Path, path: str) -> None:
    with pytest.raises(PermissionError, match="outside the workspace"):
        inside(root, path)


def test_a_folder_that_a_link_replaces_during_the_walk_is_left_alone(root: Path) -> None:
    with placed(root / "folder" / "file", [root]) as place:
        (root / "folder").rename(root / "was")
        (root / "folder").symlink_to("../outside")
        os.close(os.open(place.name, os.O_WRONLY | os.O_TRUNC, dir_fd=place.folder))

    assert (root / "was" / "file").read_bytes() == b""
    assert (root.parent / "outside" / "file").read_bytes() == b"secret"


@pytest.mark.parametrize("path", [".git/config", "folder/.GIT/config"])
def test_git_s_own_files_are_no_place_to_write(root: Path, path: str) -> None:
    with pytest.raises(PermissionError, match=r"is in \.git"), placed(root / path, [root]):
        pass
