"""What a checkout tells of its repository on GitHub."""

import configparser
import re
from collections.abc import Iterator
from pathlib import Path

_REMOTE = re.compile(
    r"(?:https?://|ssh://|git://)?(?:[^@/\s]+@)?(?P<host>[^/:\s]+)(?::\d+)?[:/]"
    r"(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)
_LARGEST = 256 * 1024
_MOST_REFS = 64 * 1024 * 1024
_REF = re.compile(r"refs/[A-Za-z0-9._/+@-]{1,250}")
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def root_of(folder: Path) -> Path:
    """Return the root of the checkout that `folder` is in; `folder` itself if it is in none."""
    resolved = folder.resolve()
    return next((each for each in (resolved, *resolved.parents) if (each / ".git").exists()), folder)


def is_empty(folder: Path) -> bool:
    """Whether a folder holds nothing but perhaps `.git`, as a workspace does before anything is checked out."""
    return all(entry.name == ".git" for entry in folder.iterdir())


def repository_of(folder: Path, host: str) -> str | None:
    """`owner/name` of the checkout's remote `origin`, if that is on `host`; None where it can't be told.

    Reads `.git/config` and runs nothing.
    """
    path = folder / ".git" / "config"
    parser = configparser.RawConfigParser(strict=False)
    try:
        if path.stat().st_size > _LARGEST:
            return None
        parser.read_string(path.read_text(encoding="utf-8"))
        url = parser.get('remote "origin"', "url")
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    match = _REMOTE.fullmatch(url.strip())
    return match["repository"] if match and match["host"].lower() == host else None


def revision_of(folder: Path) -> str | None:
    """The commit that is checked out, in hexadecimal digits; None where it can't be told. Runs nothing.

    Source: https://git-scm.com/docs/gitrepository-layout
    """
    git = folder / ".git"
    head = _first_line(git / "HEAD")
    name = head.removeprefix("ref: ")
    if name == head:
        return _commit(head)
    if not _REF.fullmatch(name) or ".." in name:
        return None
    loose = _commit(_first_line(git / name))
    return loose or next((commit for commit, ref in _packed(git / "packed-refs") if ref == name), None)


def _packed(path: Path) -> Iterator[tuple[str | None, str]]:
    for line in _text(path).splitlines():
        commit, _, ref = line.partition(" ")
        yield _commit(commit), ref


def _commit(text: str) -> str | None:
    return text if _COMMIT.fullmatch(text) else None


def _first_line(path: Path) -> str:
    return _text(path).partition("\n")[0].strip()


def _text(path: Path) -> str:
    try:
        # A link in .git is nothing that git makes of these, so it is a stranger's.
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _MOST_REFS:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
