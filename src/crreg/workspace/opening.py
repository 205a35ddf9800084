"""The one way to open what is below a folder whose content a stranger may have written: following no link.

A path is opened one folder after another, each from the one before. So a link that appears between a check and the
opening leads nowhere, and no check need be trusted to be still true.
"""

import contextlib
import errno
import os
import posixpath
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_READING = os.O_RDONLY | os.O_CLOEXEC
# O_NONBLOCK: to open a fifo would otherwise wait for a program at its other end.
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MEBIBYTE = 1 << 20
_MOST_LINKS = 40
"""As many as Linux follows."""
_MOST_NAMES = 4_096
"""Names that a path leads through, those that links put into it included: more than a path without links can have."""


class RefusedError(Exception):
    """What is not opened, no matter who asks."""

    def __init__(self, reason: str, *, beyond: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, to be put after the file's name: plain text."""
        self.beyond = beyond
        """Whether the file is only too large."""


@dataclass(frozen=True, slots=True)
class Trail:
    """How a path leads to what it names; all paths are relative to the root that was asked from."""

    links: tuple[tuple[str, str], ...]
    """The symbolic links on the way, each with its target."""
    path: str
    """Without links and dots."""


def follow(root: str, path: str, *, is_strict: bool = True) -> Trail:
    """Go where `path` leads from the real folder `root`, at most as far as Linux goes.

    Not `os.path.realpath`, which takes every link of a chain, recursing, and as long as it takes.

    Raises:
        OSError: there is nothing (if `is_strict`), or links lead in a circle (ELOOP).
        RefusedError: there are too many links or names on the way.
    """
    links: list[tuple[str, str]] = []
    waiting, here, names = path.split("/")[::-1], root, 0
    while waiting:
        entry = os.path.normpath(os.path.join(here, waiting.pop()))  # noqa: PTH118 - `here` is real, so `..` is its parent
        names += 1
        target = _target(entry, is_strict=is_strict)
        if target is None:
            here = entry
            continue
        link = os.path.relpath(entry, root), target
        if len(links) == _MOST_LINKS and link in links:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        links.append(link)
        waiting += target.split("/")[::-1]
        if len(links) > _MOST_LINKS or names + len(waiting) > _MOST_NAMES:
            raise RefusedError("is reached by too many symbolic links", beyond=True)
        here = "/" if target.startswith("/") else here
    return Trail(tuple(links), os.path.relpath(here, root))


def _target(entry: str, *, is_strict: bool) -> str | None:
    """Where a symbolic link leads; None if it is no link."""
    try:
        return os.readlink(entry)  # noqa: PTH115 - paths are str here, for speed
    except OSError as error:
        if is_strict and error.errno != errno.EINVAL:
            raise
        return None


def resolve(root: str, path: str) -> str:
    """The real path of `path` relative to the real folder `root`, `.` for `root` itself; links inside are followed.

    Raises:
        OSError: there is nothing.
        RefusedError: it is outside, or in `.git`, or too many links lead there.
    """
    if "\0" in path:
        raise RefusedError("has a NUL character in its path")
    if posixpath.isabs(path) or posixpath.normpath(path).split("/", 1)[0] == "..":
        raise RefusedError("is outside the repository")
    try:
        relative = follow(root, path).path
    except UnicodeEncodeError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    if relative.split("/", 1)[0] == "..":
        raise RefusedError("is a symbolic link that leads outside the repository")
    # The checkout's token stands there in clear, and a report quotes what it can't read.
    if is_in_git(relative):
        raise RefusedError("is in .git, which is no part of the repository's files")
    return relative


def is_in_git(path: str) -> bool:
    """Whether a relative path leads into a `.git`, in any case, since a file system may not tell cases apart."""
    return any(part.lower() == ".git" for part in Path(path).parts)


@contextlib.contextmanager
def folder_below(root: str | Path, parts: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """The descriptor of a folder below `root`; `root` itself may be reached by links, being the caller's.

    Raises:
        OSError: a part is missing, no folder, or a link (ELOOP or ENOTDIR).
    """
    folder = os.open(root, _READING | os.O_DIRECTORY)
    try:
        for part in parts:
            if create:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            inner = os.open(part, _READING | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


@contextlib.contextmanager
def file_below(root: str | Path, parts: Sequence[str]) -> Iterator[int]:
    """The descriptor of a regular file below `root`, open for reading.

    Raises:
        OSError: it is missing, or a link is on the way.
        RefusedError: it is no regular file.
    """
    with folder_below(root, parts[:-1]) as folder:
        file = os.open(parts[-1] if parts else ".", _READING | _FILE, dir_fd=folder)
    try:
        mode = os.fstat(file).st_mode
        if stat.S_ISDIR(mode):
            raise RefusedError("is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise RefusedError("is no regular file")
        yield file
    finally:
        os.close(file)


def read_below(root: str | Path, parts: Sequence[str], limit: int) -> bytes:
    """The content of a regular file below `root`, of at most `limit` bytes.

    Raises:
        OSError: it is missing, or a link is on the way.
        RefusedError: it is no regular file, or larger.
    """
    with file_below(root, parts) as file, os.fdopen(os.dup(file), "rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        size = f"{limit // _MEBIBYTE} MiB" if limit >= _MEBIBYTE else f"{limit} bytes"
        raise RefusedError(f"is larger than {size}", beyond=True)
    return content
