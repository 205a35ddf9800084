from pathlib import Path

import pytest

from crreg.checkout import repository_of


def checkout(folder: Path, url: str) -> Path:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text(
        f'[core]\n\tbare = false\n[remote "origin"]\n\turl = {url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n'
    )
    return folder


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/octo/app.git",
        "https://github.com/octo/app",
        "https://user:secret@github.com/octo/app.git",
        "git@github.com:octo/app.git",
        "ssh://git@github.com:22/octo/app.git",
        "ssh://git@github.com/octo/app/",
    ],
)
def test_the_origin_on_github_names_the_repository(tmp_path: Path, url: str) -> None:
    assert repository_of(checkout(tmp_path, url), "github.com") == "octo/app"


@pytest.mark.parametrize("url", ["https://gitlab.example/octo/app.git", "/srv/git/app.git", ""])
def test_another_origin_names_none(tmp_path: Path, url: str) -> None:
    assert repository_of(checkout(tmp_path, url), "github.com") is None


@pytest.mark.parametrize("content", [b"", b"no section", b"\xff\xfe", b"[core]\n" * 50_000])
def test_a_broken_configuration_names_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(content)
    assert repository_of(tmp_path, "github.com") is None


def test_a_folder_that_is_no_checkout_names_none(tmp_path: Path) -> None:
    assert repository_of(tmp_path, "github.com") is None
