"""Open files below a folder with untrusted content, without following links. All reading goes through here.

A path is opened folder by folder, each relative to the one before. So a link that is created after a check has no
effect, and the code does not depend on a check that may no longer hold.
"""

import contextlib
import errno
import os
import posixpath
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_READING = os.O_RDONLY | os.O_CLOEXEC
# O_NONBLOCK: otherwise opening a fifo would wait for the process at its other end.
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MEBIBYTE = 1 << 20
OUTSIDE = "is a symbolic link that leads outside the repository"
_DOTS = frozenset({"", ".", ".."})
_MOST_LINKS = 40
"""Linux's limit."""
_MOST_NAMES = 4_096
"""Most names in a path, including those from links: more than a path without links can have."""


class RefusedError(Exception):
    """A file that crreg never opens."""

    def __init__(self, reason: str, *, beyond: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, to follow the file's name: plain text."""
        self.beyond = beyond
        """Whether a limit was exceeded, so that nothing may be wrong with the file itself."""


@dataclass(frozen=True, slots=True)
class Trail:
    """The resolution of a path; all paths are relative to the root."""

    links: tuple[tuple[str, str], ...]
    """The symbolic links that were followed, each with its target."""
    path: str
    """The resolved path, without links and dots."""


def follow(
    root: str, path: str, *, is_strict: bool = True, read_link: Callable[[str], str] = os.readlink
) -> Trail:
    """Resolve `path` from the real folder `root`, following no more links than Linux does.

    `read_link` returns the target of a link, and raises EINVAL for any other file, as `os.readlink` does.

    `os.path.realpath` is not used because it follows any number of links, recursively, without a time limit.

    Raises:
        OSError: the path does not exist (if `is_strict`), or links form a circle (ELOOP).
        RefusedError: the path has too many links or names.
    """
    links: list[tuple[str, str]] = []
    waiting, here, names = path.split("/")[::-1], root, 0
    while waiting:
        # `here` is real, so `..` is its parent.
        name = waiting.pop()
        is_plain = name not in _DOTS and here != "/"
        entry = f"{here}/{name}" if is_plain else os.path.normpath(f"{here}/{name}")
        names += 1
        target = _target(entry, read_link, is_strict=is_strict)
        if target is None:
            here = entry
            continue
        link = _relative(entry, root), target
        if len(links) == _MOST_LINKS and link in links:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        links.append(link)
        waiting += target.split("/")[::-1]
        if len(links) > _MOST_LINKS or names + len(waiting) > _MOST_NAMES:
            raise RefusedError("is reached by too many symbolic links", beyond=True)
        here = "/" if target.startswith("/") else here
    return Trail(tuple(links), _relative(here, root))


def _relative(path: str, root: str) -> str:
    """Return a path relative to `root`; both are normal. `relpath` would make both absolute for each file."""
    if path.startswith(f"{root}/"):
        return path[len(root) + 1 :]
    return os.path.relpath(path, root)


def _target(entry: str, read_link: Callable[[str], str], *, is_strict: bool) -> str | None:
    """Return the target of a symbolic link; None if it is not a link."""
    try:
        return read_link(entry)
    except OSError as error:
        if is_strict and error.errno != errno.EINVAL:
            raise
        return None


def resolve(root: str, path: str, read_link: Callable[[str], str] = os.readlink) -> str:
    """Return the real path of `path` relative to the real folder `root` (`.` for itself); links inside are followed.

    `read_link` is that of `follow`.

    Raises:
        OSError: the path does not exist.
        RefusedError: it is outside, or in `.git`, or has too many links.
    """
    if "\0" in path:
        raise RefusedError("has a NUL character in its path")
    if posixpath.isabs(path) or posixpath.normpath(path).split("/", 1)[0] == "..":
        raise RefusedError("is outside the repository")
    try:
        relative = follow(root, path, read_link=read_link).path
    except UnicodeEncodeError as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)) from error
    if relative.split("/", 1)[0] == "..":
        raise RefusedError(OUTSIDE)
    # It contains the checkout's token in clear text, and reports quote files that they can't parse.
    if is_in_git(relative):
        raise RefusedError("is in .git, which is not part of the repository's files")
    return relative


def is_in_git(path: str) -> bool:
    """Return whether a relative path is in a `.git`, ignoring case as some file systems do."""
    return ".git" in path.lower().split("/")


@contextlib.contextmanager
def folder_below(root: str | Path, parts: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """Open a folder below `root` and yield its descriptor. Links to `root` itself are allowed: the caller chose it.

    Raises:
        OSError: a part is missing, not a folder, or a link (ELOOP or ENOTDIR).
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
    """Open a regular file below `root` for reading and yield its descriptor.

    Raises:
        OSError: it is missing, or the path contains a link.
        RefusedError: it is not a regular file.
    """
    with folder_below(root, parts[:-1]) as folder:
        file = _opened(parts[-1] if parts else ".", folder)
    try:
        mode = os.fstat(file).st_mode
        if stat.S_ISDIR(mode):
            raise RefusedError("is a folder, not a file")
        if not stat.S_ISREG(mode):
            raise RefusedError("is not a regular file")
        yield file
    finally:
        os.close(file)


def start_below(root: str | Path, parts: Sequence[str], limit: int) -> bytes:
    """Read the first `limit` bytes of a regular file below `root`.

    Raises:
        OSError: it is missing, or the path contains a link.
        RefusedError: it is not a regular file.
    """
    with file_below(root, parts) as file, os.fdopen(os.dup(file), "rb") as stream:
        return stream.read(limit)


def read_below(root: str | Path, parts: Sequence[str], limit: int) -> bytes:
    """Read a regular file below `root` of at most `limit` bytes.

    Raises:
        OSError: it is missing, or the path contains a link.
        RefusedError: it is not a regular file, or is larger.
    """
    content = start_below(root, parts, limit + 1)
    if len(content) > limit:
        raise too_large(limit)
    return content


def too_large(limit: int) -> RefusedError:
    """Return the refusal of a file of more than `limit` bytes."""
    size = f"{limit // _MEBIBYTE} MiB" if limit >= _MEBIBYTE else f"{limit} bytes"
    return RefusedError(f"is larger than {size}", beyond=True)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of a walk, open until the walk goes on."""

    path: str
    """Relative to where the walk began, which is empty itself."""
    names: tuple[str, ...]
    """Everything in it, sorted."""
    inner: list[str]
    """The folders in it to walk as well: the caller appends their names."""
    descriptor: int

    def status(self, name: str) -> os.stat_result:
        """Return the status of an entry; for a link, that of the link itself."""
        return os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)

    def target(self, name: str) -> str:
        """Return the target of a link."""
        return os.readlink(name, dir_fd=self.descriptor)

    def open(self, name: str) -> int:
        """Open a file for reading; the caller closes the descriptor. Raises OSError if it is a link."""
        return _opened(name, self.descriptor)


def walk_below(root: str | Path, parts: Sequence[str]) -> Iterator[Folder]:
    """Walk a folder below `root` and those in it that the caller chooses, in depth-first order.

    Each folder is opened from `root`, so a deep tree needs no more descriptors than a flat one.

    Raises:
        OSError: a folder can't be read, or was replaced by a link.
    """
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        here = waiting.pop()
        with folder_below(root, (*parts, *here)) as descriptor:
            folder = Folder("/".join(here), _names(descriptor), [], descriptor)
            yield folder
        waiting += [(*here, name) for name in reversed(folder.inner)]


def _names(folder: int) -> tuple[str, ...]:
    with os.scandir(folder) as entries:
        return tuple(sorted(entry.name for entry in entries))


def _opened(name: str, folder: int) -> int:
    return os.open(name, _READING | _FILE, dir_fd=folder)
