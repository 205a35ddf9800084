"""The object ids of the sandbox's repositories are those that git computes."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sandbox import checkout
from sandbox.github.git_objects import (
    Blob,
    Content,
    History,
    Mode,
    Tree,
    as_file,
    commit,
    executable,
    submodule,
    symlink,
)

MOMENT = datetime(2025, 1, 1, tzinfo=UTC)
FILES: dict[str, Content] = {
    ".devcontainer/devcontainer.json": '{"image": "ä"}\n',
    ".devcontainer.json": "{}",
    "empty": "",
    "binary": b"\0\xff",
    "run.sh": executable("#!/bin/sh\n"),
    "link": symlink(".devcontainer"),
    "vendor/lib": submodule("5" * 40),
    # A folder is sorted as if it were called `a/`, which is after `a-b` and before `a0`.
    "a/b": "1",
    "a-b": "2",
    "a0": "3",
}


def git(folder: Path, *arguments: str, text: bytes = b"") -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, input=text, capture_output=True, check=True)
    return done.stdout.decode().strip()


@pytest.fixture
def tree(tmp_path: Path) -> str:
    """The object id of the tree that git itself writes for these files."""
    git(tmp_path, "init", "--quiet")
    for path, content in FILES.items():
        file = as_file(content)
        is_submodule = file.mode is Mode.SUBMODULE
        hashed = ("hash-object", "-w", "--stdin")
        oid = file.data.decode() if is_submodule else git(tmp_path, *hashed, text=file.data)
        git(tmp_path, "update-index", "--add", "--cacheinfo", f"{file.mode:o},{oid},{path}")
    return git(tmp_path, "write-tree")


def test_trees_and_commits_have_gits_ids(tmp_path: Path, tree: str) -> None:
    first = commit(FILES, MOMENT)
    second = commit(FILES, MOMENT, parent=first.oid)
    person = "Mona <mona@example.com> 1735689600 +0000"
    lines = [
        f"tree {tree}",
        f"parent {first.oid}",
        f"author {person}",
        f"committer {person}",
        "",
        "Change it\n",
    ]
    assert first.root == tree
    assert second.oid == git(
        tmp_path, "hash-object", "-t", "commit", "--stdin", text="\n".join(lines).encode()
    )


def test_a_path_leads_to_what_git_finds_there(tmp_path: Path, tree: str) -> None:
    made = commit(FILES, MOMENT)
    paths = (
        "",
        ".devcontainer",
        ".devcontainer/",
        ".devcontainer/devcontainer.json",
        "run.sh",
        "link",
        "vendor",
    )
    found = {path: made.at(path) for path in paths}
    assert {path: each.oid for path, each in found.items() if each is not None} == {
        path: git(tmp_path, "rev-parse", f"{tree}:{path}") for path in paths
    }
    assert isinstance(found["vendor"], Tree)
    assert isinstance(found["link"], Blob)


@pytest.mark.parametrize(
    "path", ["none", "run.sh/x", "run.sh/", "link/devcontainer.json", "vendor/lib/x", "/"]
)
def test_a_path_that_git_refuses_leads_nowhere(tmp_path: Path, tree: str, path: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        git(tmp_path, "cat-file", "-e", f"{tree}:{path}")
    assert commit(FILES, MOMENT).at(path) is None


def test_a_checkout_has_the_same_files(tmp_path: Path) -> None:
    kept = {path: content for path, content in FILES.items() if path != "vendor/lib"}
    checkout.commit(checkout.write(tmp_path, kept))
    assert git(tmp_path, "rev-parse", "HEAD:") == commit(kept, MOMENT).root
    checkout.write(tmp_path, {"vendor/lib": FILES["vendor/lib"]})
    assert list((tmp_path / "vendor" / "lib").iterdir()) == []


def test_a_revision_is_a_branch_or_an_object() -> None:
    history = History.of({"a": "1"}, MOMENT, "main")
    before = history.commits[history.branches["main"]]
    after = history.add({"a": "2"}, MOMENT, "main")
    other = history.add({"b": "3"}, MOMENT, "feature/x")
    named = ("HEAD", "main", "refs/heads/main", after.oid, before.oid, "feature/x", "none", "")
    found = [history.find(each, "main") for each in named]
    assert found == [after, after, after, after, before, other, None, None]
    assert history.find(f"{before.oid}:a", "main") == before.at("a")
    assert history.find("feature/x:a", "main") is None
    assert history.find(before.root, "main") == before.at("")


def test_a_forced_push_makes_commits_disappear() -> None:
    history = History.of({"a": "1"}, MOMENT, "main")
    before = history.branches["main"]
    history.add({"a": "2"}, MOMENT, "main")
    assert history.find(before, "main") is not None
    history.forget_unreachable()
    assert history.find(before, "main") is None
