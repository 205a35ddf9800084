import os
from pathlib import Path

import pytest

from crreg.workspace.budget import LIMITS, Limit, LimitError
from crreg.workspace.readable import MAX_FILE_BYTES, UnreadableFileError
from crreg.workspace.reading import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret").write_text("secret")
    (tmp_path / "root" / "folder").mkdir(parents=True)
    (tmp_path / "root" / "folder" / "file").write_text("text")
    return tmp_path / "root"


def refusal(root: Path, path: str) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as caught:
        Workspace(root).read_text(path)
    return caught.value


def test_a_file_is_read(root: Path) -> None:
    assert Workspace(root).read_text("folder/file") == "text"


def test_a_pointer_of_git_lfs_is_not_the_file(root: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 5\n"
    (root / "file").write_text(pointer)
    (root / "large").write_text(pointer + "x" * 1024)
    found = refusal(root, "file")
    assert (found.reason, found.beyond) == (
        "is kept in Git LFS, so its content is not in the repository",
        True,
    )
    assert Workspace(root).read_text("large").startswith(pointer)


def test_a_root_that_is_a_link_is_followed(root: Path) -> None:
    link = root.parent / "link"
    link.symlink_to(root)

    assert Workspace(link).read_text("folder/file") == "text"


def test_line_ends_stay_and_the_byte_order_mark_goes(root: Path) -> None:
    (root / "file").write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n")

    assert Workspace(root).read_text("file") == "a\r\nb\rc\n"


def test_a_path_may_go_up_inside(root: Path) -> None:
    assert Workspace(root).read_text("folder/../folder/./file") == "text"


@pytest.mark.parametrize("path", ["../outside/secret", "folder/../../outside/secret", "/etc/hostname", ".."])
def test_a_path_out_is_refused(root: Path, path: str) -> None:
    assert refusal(root, path).reason == "is outside the repository"


@pytest.mark.parametrize("target", ["../folder/file", "file"])
def test_a_link_inside_is_followed(root: Path, target: str) -> None:
    (root / "folder" / "link").symlink_to(target)

    assert Workspace(root).read_text("folder/link") == "text"


@pytest.mark.parametrize("target", ["../outside/secret", "/etc/hostname"])
def test_a_link_out_is_refused(root: Path, target: str) -> None:
    (root / "link").symlink_to(target)

    assert refusal(root, "link").reason == "is a symbolic link that leads outside the repository"


def test_a_folder_that_is_a_link_out_is_refused(root: Path) -> None:
    (root / "link").symlink_to("../outside")

    assert refusal(root, "link/secret").reason == "is a symbolic link that leads outside the repository"


def test_a_neighbour_whose_name_begins_alike_is_outside(root: Path) -> None:
    (root.parent / "root2").mkdir()
    (root.parent / "root2" / "file").write_text("text")
    (root / "link").symlink_to("../root2/file")

    assert refusal(root, "link").reason == "is a symbolic link that leads outside the repository"


def test_a_loop_of_links_is_refused(root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")

    assert refusal(root, "a").reason == "is a symbolic link to itself"


@pytest.mark.parametrize("path", ["none", "none/file", "folder/file/more", "x" * 5000, "\ud800"])
def test_what_is_not_there_is_missing(root: Path, path: str) -> None:
    error = refusal(root, path)

    assert (error.reason, error.missing, error.beyond) == ("does not exist", True, False)


def test_a_link_to_nowhere_is_missing_when_read_and_there_when_looked_for(root: Path) -> None:
    (root / "link").symlink_to("none")

    assert refusal(root, "link").missing
    assert Workspace(root).has_file("link")


@pytest.mark.parametrize("path", ["folder", "."])
def test_a_folder_is_no_file(root: Path, path: str) -> None:
    assert refusal(root, path).reason == "is a folder, not a file"
    assert not Workspace(root).has_file("folder")


def test_a_fifo_is_refused_without_waiting(root: Path) -> None:
    os.mkfifo(root / "fifo")

    assert refusal(root, "fifo").reason == "is not a regular file"


def test_a_file_at_the_bound_is_read_and_one_above_is_not(root: Path) -> None:
    (root / "file").write_bytes(b"x" * MAX_FILE_BYTES)
    (root / "large").write_bytes(b"x" * (MAX_FILE_BYTES + 1))

    assert len(Workspace(root).read_text("file")) == MAX_FILE_BYTES
    error = refusal(root, "large")
    assert (error.reason, error.beyond) == ("is larger than 1 MiB", True)


def test_text_that_is_no_utf_8_is_refused_with_its_line(root: Path) -> None:
    (root / "file").write_bytes(b"a\nb\xff")

    assert refusal(root, "file").reason == "is not UTF-8: byte 0xff in line 2"


def test_a_repository_has_only_so_many_files_read(root: Path) -> None:
    workspace = Workspace(root)
    for _ in range(LIMITS[Limit.FILES]):
        workspace.read_text("folder/file")

    with pytest.raises(LimitError, match="5,000 file reads"):
        workspace.read_text("folder/file")


def test_a_repository_has_only_so_many_bytes_read(root: Path) -> None:
    workspace = Workspace(root)
    workspace.budget.spend(Limit.BYTES, LIMITS[Limit.BYTES] - 7)
    assert workspace.read_text("folder/file") == "text"

    with pytest.raises(LimitError, match="8,000,000 bytes of files"):
        workspace.read_text("folder/file")


def test_folders_are_listed_with_links_and_nothing_else(root: Path) -> None:
    (root / "link").symlink_to("folder")
    (root / "loop").symlink_to("loop")
    (root / "file").write_text("")

    assert sorted(Workspace(root).folders(".")) == ["folder", "link"]
    assert list(Workspace(root).folders("file")) == []
    assert list(Workspace(root).folders("none")) == []


@pytest.mark.parametrize(
    "path", [".git/config", "module/.git", "folder/../.git/config", "link/config", "direct"]
)
def test_a_checkout_keeps_its_token_where_no_file_can_name_it(root: Path, path: str) -> None:
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("extraheader = AUTHORIZATION: basic c2VjcmV0")
    (root / "module").mkdir()
    (root / "module" / ".git").write_text("gitdir: ../.git/modules/module")
    (root / "link").symlink_to(".git")
    (root / "direct").symlink_to(".git/config")

    assert refusal(root, path).reason == "is in .git, which is not part of the repository's files"


def test_a_folder_of_git_itself_is_not_listed(root: Path) -> None:
    (root / ".git" / "hooks").mkdir(parents=True)
    (root / "link").symlink_to(".git")

    assert list(Workspace(root).folders("link")) == []
