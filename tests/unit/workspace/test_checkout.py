import tracemalloc
from pathlib import Path

import pytest

from crreg.workspace.checkout import repository_at, repository_of, revision_of


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


@pytest.mark.parametrize(
    ("url", "host", "name"),
    [
        ("https://ghe.example:8443/octo/app", "ghe.example:8443", "octo/app"),
        ("ssh://git@ghe.example:2222/octo/app.git", "ghe.example:8443", "octo/app"),
        ("git@github.com:octo/app.git", "github.com", "octo/app"),
        ("https://github.com/octo/app/tree/main", "github.com", None),
        ("https://ghe.example/octo/app", "github.com", None),
        ("https://github.com/octo/app", "ghe.example", None),
        ("https://github.com/octo/app", "127.0.0.1:8080", "octo/app"),
        ("git@github.com:octo/app.git", "localhost:8080", "octo/app"),
        ("http://127.0.0.1:9418/octo/app", "127.0.0.1:8080", "octo/app"),
        ("https://ghe.example/octo/app", "127.0.0.1:8080", None),
        ("octo/app", "github.com", None),
        # The name of an enterprise's managed user.
        ("git@github.com:mona_acme/app.git", "github.com", "mona_acme/app"),
        # GitHub's names are not longer.
        (f"git@github.com:{'o' * 39}/{'a' * 100}.git", "github.com", f"{'o' * 39}/{'a' * 100}"),
        (f"git@github.com:{'o' * 40}/app.git", "github.com", None),
        (f"git@github.com:octo/{'a' * 101}.git", "github.com", None),
    ],
)
def test_an_address_names_a_repository_on_its_host_whatever_the_port(
    url: str, host: str, name: str | None
) -> None:
    assert repository_at(url, host) == name


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


COMMIT = "1234567890abcdef1234567890abcdef12345678"


@pytest.mark.parametrize(
    "files",
    [
        {"HEAD": f"{COMMIT}\n"},
        {"HEAD": "ref: refs/heads/feature/x-1\n", "refs/heads/feature/x-1": f"{COMMIT}\n"},
        {
            "HEAD": "ref: refs/heads/main\n",
            "packed-refs": f"# pack-refs\n{'0' * 40} refs/heads/x\n{COMMIT} refs/heads/main\n^{'1' * 40}\n",
        },
    ],
)
def test_the_commit_is_told_as_git_would(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert revision_of(tmp_path) == COMMIT


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"HEAD": ""},
        {"HEAD": "ref: refs/heads/unborn\n"},
        {"HEAD": "ref: refs/../../secret\n", "../secret": f"{COMMIT}\n"},
        {"HEAD": "ref: refs/heads/main\n", "refs/heads/main": "not a commit\n"},
    ],
)
def test_where_there_is_no_commit_none_is_told(tmp_path: Path, files: dict[str, str]) -> None:
    write(tmp_path, files)
    assert revision_of(tmp_path) is None


def test_a_link_in_the_place_of_a_reference_is_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {"HEAD": "ref: refs/heads/main\n", "real": f"{COMMIT}\n", "refs/heads/other": ""})
    (tmp_path / ".git/refs/heads/main").symlink_to(tmp_path / ".git/real")
    assert revision_of(tmp_path) is None


def write(folder: Path, files: dict[str, str]) -> None:
    (folder / ".git").mkdir()
    for name, content in files.items():
        path = folder / ".git" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_many_packed_refs_take_little_more_memory_than_their_file(tmp_path: Path) -> None:
    git = tmp_path / ".git"
    git.mkdir()
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text("ab\n" * 5_000_000 + f"{COMMIT} refs/heads/main\n")
    tracemalloc.start()
    try:
        found = revision_of(tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == COMMIT
    assert peak < 100_000_000
