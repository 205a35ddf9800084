"""The site of all versions, as .github/workflows/site.yml builds it."""

import subprocess
from pathlib import Path

import pytest
from docs.generate import ROOT

MAKEFILE = "site:\n\tmkdir -p site/rules\n\tcp words site/rules/index.html\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose `make site` copies a file, with three commits and the tags of its releases."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "Makefile").write_text(MAKEFILE)
    for words, tags in {"old": ["v0"], "one": ["v1", "v1.2.3"], "ten": ["v10"], "unreleased": []}.items():
        (folder / "words").write_text(words)
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", words)
        for tag in tags:
            git(folder, "tag", tag)
    return folder


def git(folder: Path, *arguments: str) -> str:
    person = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *person, *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def build(repository: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / ".ci/site", "pages"], cwd=repository, capture_output=True, text=True, check=False
    )


def test_each_major_version_has_a_folder_with_the_pages_of_its_last_release(repository: Path) -> None:
    done = build(repository)

    assert (done.returncode, done.stderr) == (0, "")
    pages = repository / "pages"
    assert {str(path.relative_to(pages)): path.read_text() for path in pages.rglob("*/rules/index.html")} == {
        "v0/rules/index.html": "old",
        "v1/rules/index.html": "one",
        "v10/rules/index.html": "ten",
    }
    assert 'content="0; url=v10/"' in (pages / "index.html").read_text()
    assert git(repository, "worktree", "list").count("\n") == 1


def test_without_a_release_there_is_no_site(repository: Path) -> None:
    git(repository, "tag", "--delete", "v0", "v1", "v10")

    done = build(repository)

    assert (done.returncode, done.stderr) == (
        1,
        "There is no tag of a major version yet: release first.\n",
    )
    assert not (repository / "pages/index.html").exists()
