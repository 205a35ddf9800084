"""Which files of a checkout count, in a workflow and in a terminal; checkouts are made by the real git."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sandbox.checkout import commit, git

from crreg.workspace.readable import UnreadableFileError
from crreg.workspace.reading import Workspace

WORKFLOW = {"GITHUB_ACTIONS": "true"}
TERMINAL: dict[str, str] = {}
UNTRACKED = ("is not committed, so a codespace does not see it", False)
CHANGED = ("differs from the committed file, which is what a codespace sees", True)
IGNORED = ("is ignored by git, so a codespace does not see it", False)
ABSENT = ("is committed, but not in this checkout, so its content is unknown", True)
MISSING = ("does not exist", False)


def refusal(folder: Path, path: str, environment: Mapping[str, str] = WORKFLOW) -> tuple[str, bool]:
    with pytest.raises(UnreadableFileError) as caught:
        Workspace(folder, environment).read_text(path)
    assert caught.value.missing is not caught.value.beyond
    return caught.value.reason, caught.value.beyond


def text(folder: Path, path: str, environment: Mapping[str, str] = WORKFLOW) -> str:
    return Workspace(folder, environment).read_text(path)


@pytest.fixture(params=["sha1", "sha256"])
def checkout(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path / "checkout"
    (folder / "app").mkdir(parents=True)
    (folder / "file").write_text("committed\n")
    (folder / "app" / "file").write_text("inner\n")
    (folder / "link").symlink_to("file")
    (folder / "folder-link").symlink_to("app")
    (folder / ".gitignore").write_text("*.ignored\n")
    return commit(folder, object_format=request.param)


def test_what_is_committed_is_read(checkout: Path) -> None:
    assert text(checkout, "file") == "committed\n"
    assert text(checkout, "link") == "committed\n"
    assert text(checkout, "folder-link/file") == "inner\n"
    assert text(checkout, "app/../folder-link/../file") == "committed\n"
    assert text(checkout / "app", "file") == "inner\n"
    assert Workspace(checkout, WORKFLOW).has_file("folder-link/file")


def test_what_an_earlier_step_wrote_is_not(checkout: Path) -> None:
    (checkout / ".env").write_text("SECRET=1\n")
    (checkout / "app" / ".env").write_text("SECRET=1\n")
    (checkout / "env-link").symlink_to(".env")
    (checkout / "new-link").symlink_to("file")

    for path in (".env", "app/.env", "folder-link/.env", "env-link", "new-link"):
        workspace = Workspace(checkout, WORKFLOW)
        assert refusal(checkout, path) == UNTRACKED
        assert not workspace.has_file(path)
        assert workspace.passed_over == {path: UNTRACKED[0]}
    assert refusal(checkout / "app", ".env") == UNTRACKED


def test_what_a_step_changed_is_not(checkout: Path) -> None:
    (checkout / "file").write_text("changed\n")
    (checkout / "folder-link").unlink()
    (checkout / "folder-link").symlink_to("./app")

    assert refusal(checkout, "file") == CHANGED
    assert refusal(checkout, "link") == CHANGED
    assert refusal(checkout, "folder-link/file") == CHANGED
    assert Workspace(checkout, WORKFLOW).has_file("file")


def test_a_file_in_place_of_a_link_and_the_reverse_are_changes(checkout: Path) -> None:
    (checkout / "link").unlink()
    # As a checkout without links (core.symlinks=false) has it.
    (checkout / "link").write_text("file")
    (checkout / "file").rename(checkout / "app" / "other")
    (checkout / "file").symlink_to("app/other")

    assert refusal(checkout, "link") == CHANGED
    assert refusal(checkout, "file") == CHANGED


def test_a_link_that_was_committed_to_reach_what_is_not_reaches_nothing(checkout: Path) -> None:
    (checkout / "trap").symlink_to("credentials.json")
    commit(checkout)
    (checkout / "credentials.json").write_text("{}")

    assert refusal(checkout, "trap") == UNTRACKED


def test_a_file_that_is_announced_and_not_added_is_not_committed(checkout: Path) -> None:
    (checkout / "later").write_text("")
    git(checkout, "add", "--intent-to-add", "later")

    assert refusal(checkout, "later") == UNTRACKED
    assert text(checkout, "later", TERMINAL) == ""


def test_what_is_committed_and_not_there_is_unknown(checkout: Path) -> None:
    (checkout / "app" / "file").unlink()

    assert refusal(checkout, "app/file") == ABSENT
    assert refusal(checkout, "none") == MISSING
    assert Workspace(checkout, WORKFLOW).has_file("app/file")
    assert not Workspace(checkout, WORKFLOW).has_file("none")
    # Whoever deletes a file in a terminal means to have it deleted.
    assert refusal(checkout, "app/file", TERMINAL) == MISSING


@pytest.mark.parametrize("environment", [WORKFLOW, TERMINAL])
@pytest.mark.parametrize(
    "options", [("--no-cone",), ("--cone", "--no-sparse-index"), ("--cone", "--sparse-index")]
)
def test_what_a_sparse_checkout_leaves_out_is_unknown(
    checkout: Path, options: tuple[str, ...], environment: Mapping[str, str]
) -> None:
    (checkout / "kept").mkdir()
    (checkout / "kept" / "file").write_text("kept")
    commit(checkout)
    git(checkout, "sparse-checkout", "set", *options, "kept")

    assert text(checkout, "kept/file", environment) == "kept"
    assert refusal(checkout, "app/file", environment) == ABSENT


def test_a_conflict_is_unknown(checkout: Path) -> None:
    for branch in ("ours", "theirs"):
        git(checkout, "checkout", "--quiet", "-b", branch, "main")
        (checkout / "file").write_text(f"{branch}\n")
        commit(checkout)
    git(checkout, "checkout", "--quiet", "ours")
    git(checkout, "read-tree", "-m", "main", "ours", "theirs")

    assert refusal(checkout, "file") == (
        "has a merge conflict, so crreg can't know what a codespace sees",
        True,
    )
    assert text(checkout, "file", TERMINAL) == "ours\n"


def test_line_ends_and_idents_that_a_checkout_writes_are_no_change(checkout: Path) -> None:
    (checkout / ".gitattributes").write_text("*.crlf text eol=crlf\n*.id ident\n*.both eol=crlf ident\n")
    for name in ("a.crlf", "a.id", "a.both"):
        (checkout / name).write_text("one $Id$\ntwo\n")
    commit(checkout)
    for name in ("a.crlf", "a.id", "a.both"):
        (checkout / name).unlink()
        git(checkout, "checkout", "--", name)

    assert (checkout / "a.crlf").read_bytes() == b"one $Id$\r\ntwo\r\n"
    assert b"$Id: " in (checkout / "a.both").read_bytes()
    # What is read is what is committed, so nothing that was put between the marks.
    for name in ("a.crlf", "a.id", "a.both"):
        assert text(checkout, name) == "one $Id$\ntwo\n"
    (checkout / "a.id").write_text("one $Id: secret $\ntwo\n")
    assert text(checkout, "a.id") == "one $Id$\ntwo\n"


def test_what_a_filter_makes_of_a_file_is_a_change_and_runs_nothing(checkout: Path) -> None:
    marker = checkout.parent / "ran"
    git(checkout, "config", "filter.own.clean", f"touch {marker}; cat")
    git(checkout, "config", "core.fsmonitor", f"touch {marker}")
    (checkout / ".gitattributes").write_text("file filter=own\n")
    (checkout / "file").write_text("smudged\n")

    assert refusal(checkout, "file") == CHANGED
    assert not marker.exists()


def test_in_a_terminal_all_counts_that_git_does_not_ignore(checkout: Path) -> None:
    (checkout / "file").write_text("changed\n")
    (checkout / "new").write_text("new\n")
    (checkout / "app" / "x.ignored").write_text("")
    (checkout / "known.ignored").write_text("known")
    git(checkout, "add", "--force", "known.ignored")
    (checkout / "to-ignored").symlink_to("app/x.ignored")

    assert text(checkout, "file", TERMINAL) == "changed\n"
    assert text(checkout, "new", TERMINAL) == "new\n"
    assert text(checkout, "known.ignored", TERMINAL) == "known"
    assert refusal(checkout, "app/x.ignored", TERMINAL) == IGNORED
    assert refusal(checkout / "app", "x.ignored", TERMINAL) == IGNORED
    assert refusal(checkout, "to-ignored", TERMINAL) == IGNORED
    assert not Workspace(checkout, TERMINAL).has_file("app/x.ignored")


def test_a_work_tree_besides_the_first_has_an_index_of_its_own(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "--quiet", str(tmp_path / "second"), "-b", "second")
    (checkout / ".git" / "info").mkdir(exist_ok=True)
    (checkout / ".git" / "info" / "exclude").write_text("local\n")
    second = tmp_path / "second"
    (second / "more").write_text("more")
    (second / "local").write_text("")
    git(second, "add", "more")

    assert text(second, "more") == "more"
    assert refusal(checkout, "more") == MISSING
    assert refusal(second, "local") == UNTRACKED
    assert refusal(second, "local", TERMINAL) == IGNORED


def submodule(checkout: Path) -> Path:
    inner = checkout.parent / "inner"
    inner.mkdir()
    (inner / "file").write_text("of the submodule\n")
    (inner / ".gitignore").write_text("inner.txt\n")
    commit(inner, object_format=git(checkout, "rev-parse", "--show-object-format").decode().strip())
    git(checkout, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "lib/sub")
    return commit(checkout) / "lib" / "sub"


def test_a_submodules_files_are_held_to_its_own_index(checkout: Path) -> None:
    folder = submodule(checkout)
    (folder / "new").write_text("")
    (folder / "inner.txt").write_text("")

    assert text(checkout, "lib/sub/file") == "of the submodule\n"
    assert text(folder, "file") == "of the submodule\n"
    assert refusal(checkout, "lib/sub/new") == UNTRACKED
    assert refusal(folder, "new") == UNTRACKED
    assert text(checkout, "lib/sub/new", TERMINAL) == ""
    assert refusal(checkout, "lib/sub/inner.txt", TERMINAL) == IGNORED
    (folder / "file").write_text("changed\n")
    assert refusal(checkout, "lib/sub/file") == CHANGED


@pytest.mark.parametrize("environment", [WORKFLOW, TERMINAL])
def test_a_submodule_that_was_not_fetched_is_unknown(checkout: Path, environment: Mapping[str, str]) -> None:
    folder = submodule(checkout)
    shutil.rmtree(folder)
    folder.mkdir()

    assert refusal(checkout, "lib/sub/file", environment) == ABSENT


def test_files_in_a_folder_that_only_claims_to_be_a_submodule_do_not_count(checkout: Path) -> None:
    folder = submodule(checkout)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "credentials").write_text("secret")

    assert refusal(checkout, "lib/sub/credentials") == (
        "is in a submodule, and the folder is not a git checkout",
        True,
    )


def test_another_checkout_inside_is_no_part_of_this_one(checkout: Path) -> None:
    (checkout / "other").mkdir()
    (checkout / "other" / "file").write_text("")
    commit(checkout / "other")

    assert refusal(checkout, "other/file") == UNTRACKED
    assert text(checkout / "other", "file") == ""


@pytest.mark.parametrize("environment", [WORKFLOW, TERMINAL])
def test_a_folder_that_is_no_checkout_is_read_as_it_is(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    (tmp_path / "file").write_text("text")

    workspace = Workspace(tmp_path, environment)

    assert workspace.read_text("file") == "text"
    assert workspace.has_file("file")
    assert (workspace.damage, dict(workspace.passed_over)) == ("", {})


def test_what_must_be_proven_is_not_read_without_a_checkout(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1")

    with pytest.raises(UnreadableFileError) as caught:
        Workspace(tmp_path, WORKFLOW).read_file(".env", is_proven=True)

    assert caught.value.beyond
    assert caught.value.reason == (
        "was not read: the folder is not a git checkout, so crreg can't tell whether it is committed"
    )
    assert Workspace(tmp_path, TERMINAL).read_file(".env", is_proven=True).text == "A=1"


def test_a_workflows_own_file_may_be_generated_but_not_reached_by_a_link(checkout: Path) -> None:
    (checkout / "made.yml").write_text("made")
    (checkout / "trap.yml").symlink_to("made.yml")
    commit_link = Workspace(checkout, WORKFLOW)

    assert commit_link.read_text("made.yml", is_generated=True) == "made"
    assert commit_link.read_text("app/../made.yml", is_generated=True) == "made"
    with pytest.raises(UnreadableFileError):
        commit_link.read_text("trap.yml", is_generated=True)


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _linked(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "git's index is missing"),
    "empty": (lambda path: path.write_bytes(b""), "git's index is too short"),
    "truncated": (
        lambda path: path.write_bytes(path.read_bytes()[:-7]),
        "git's index has the wrong checksum",
    ),
    "changed": (lambda path: path.write_bytes(path.read_bytes().replace(b"app", b"apq")), "wrong checksum"),
    "folder": (_folder, "git's index is a folder, not a file"),
    "fifo": (_fifo, "git's index is not a regular file"),
    "link": (_linked, "git's index can't be read"),
    "device": (_device, "git's index can't be read"),
    "huge": (lambda path: os.truncate(path, 1 << 40), "git's index is larger than 128 MiB"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_index_is_told_and_proves_nothing(checkout: Path, kind: str) -> None:
    damage, reason = DAMAGE[kind]
    damage(checkout / ".git" / "index")

    workspace = Workspace(checkout, WORKFLOW)

    assert workspace.read_text("file") == "committed\n"
    assert reason in workspace.damage
    with pytest.raises(UnreadableFileError, match=reason):
        workspace.read_file("file", is_proven=True)
    assert text(checkout, "file", TERMINAL) == "committed\n"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "gitdir: ",
        "gitdir: ../nowhere",
        "gitdir: ../file-outside",
        "gitdir: a\nb",
        "gitdir: \0",
        "gitdir: .git",
        "x" * 10_000,
        "gitdir: " + "a/" * 2_000,
        b"gitdir: \xff\xfe",
    ],
)
def test_a_hostile_git_file_is_told(checkout: Path, content: str | bytes) -> None:
    shutil.rmtree(checkout / ".git")
    (checkout.parent / "file-outside").touch()
    (checkout / ".git").write_bytes(content if isinstance(content, bytes) else content.encode())

    workspace = Workspace(checkout, WORKFLOW)

    assert workspace.read_text("file") == "committed\n"
    assert workspace.damage == ".git does not lead to a git folder"


@pytest.mark.parametrize("commondir", ["../" * 3000, "\0", "nowhere", "", "/dev/null"])
def test_a_hostile_common_folder_is_told(checkout: Path, commondir: str) -> None:
    (checkout / ".git" / "commondir").write_text(commondir)

    assert Workspace(checkout, WORKFLOW).damage == ".git does not lead to a git folder"


def test_a_git_folder_that_is_a_link_is_not_followed(checkout: Path) -> None:
    (checkout / ".git").rename(checkout.parent / "elsewhere")
    (checkout / ".git").symlink_to("../elsewhere")

    assert Workspace(checkout, WORKFLOW).damage == ".git is neither a folder nor a file"


def test_a_foreign_index_makes_no_file_committed_whose_content_it_does_not_know(checkout: Path) -> None:
    """Of all that `.git` may lead to, only what has the very content of a file lets that file count."""
    author = checkout.parent / "author"
    author.mkdir()
    (author / ".env").write_text("GUESS=1\n")
    commit(author)
    shutil.rmtree(checkout / ".git")
    (checkout / ".git").write_text("gitdir: ../author/.git\n")
    (checkout / ".env").write_text("SECRET=1\n")

    assert refusal(checkout, ".env") == CHANGED
