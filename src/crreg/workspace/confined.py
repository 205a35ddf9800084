"""What stays inside a checkout: the one decision for reading and for writing. Nothing outside is read or written.

The repository's files, and the links among them, may be anyone's. Links above a checkout may be followed, because the
caller made them (a runner's work folder on another disk). Nothing in `.git` counts as a file of the repository.

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

from crreg.printable import quoted

# Walking through a folder does not need the right to list it.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
OUTSIDE = "is a symbolic link that leads outside the repository"
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
    waiting, here, names, closed = path.split("/")[::-1], root, 0, ""
    while waiting:
        name = waiting.pop()
        entry = _joined(here, name)
        names += 1
        # Nothing in `.git` is opened, so where its links lead does not matter.
        closed = f"{entry}/" if is_git(name) else closed
        is_closed = closed and f"{entry}/".startswith(closed)
        target = None if is_closed else _target(entry, read_link, is_strict=is_strict)
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
    below = f"{root}/"
    return path[len(below) :] if path.startswith(below) else os.path.relpath(path, root)


def _joined(here: str, name: str) -> str:
    """Return the path of a name in a real folder, whose `..` is its parent.

    `os.path.normpath` does the same, but a path through many links takes half as long again with it.
    """
    if name in {"", "."}:
        return here
    if name == "..":
        return here[: here.rindex("/")] or "/"
    return f"/{name}" if here == "/" else f"{here}/{name}"


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
    """Return whether a relative path is in a `.git`."""
    return any(map(is_git, path.split("/")))


def is_git(name: str) -> bool:
    """Return whether a file of this name is git's own, ignoring case as some file systems do."""
    return name.lower() == ".git"


def search_path(path: str) -> str:
    """Return the value of PATH without relative folders, and so without the current one, which may be in a checkout."""
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if folder.startswith(os.sep))


def inside(workspace: Path, path: str) -> str:
    """Return the real path of a path in the workspace; raises PermissionError if it leads outside."""
    given = os.path.abspath(workspace)  # noqa: PTH100 - follows no link
    target = os.path.normpath(os.path.join(given, path))  # noqa: PTH118 - normpath has no pathlib form
    if target == given or os.path.commonpath([given, target]) != given:
        raise PermissionError("the path is outside the workspace")
    return os.path.join(os.path.realpath(given), os.path.relpath(target, given))  # noqa: PTH118 - likewise


@contextlib.contextmanager
def folder_below(root: str | Path, parts: Sequence[str]) -> Iterator[int]:
    """Open a folder below `root` and yield its descriptor. Links to `root` itself are allowed: the caller chose it.

    The descriptor is for opening what is in the folder, not for listing it.

    Raises:
        OSError: a part is missing, not a folder, or a link (ELOOP or ENOTDIR).
    """
    folder = os.open(root, _FOLDER)
    try:
        for part in parts:
            folder = _entered(folder, part)
        yield folder
    finally:
        os.close(folder)


def _entered(folder: int, name: str) -> int:
    """Open a folder in an open one, which is closed if that succeeds; raises OSError, also for a link."""
    inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
    os.close(folder)
    return inner


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path leads, to write there."""

    folder: int
    """An open descriptor of the folder."""
    name: str
    status: os.stat_result | None
    """The status of the existing entry, never of a link that may be followed; None if there is none."""
    is_confined: bool
    """Whether the target is in a checkout."""


@contextlib.contextmanager
def placed(path: str | Path, checkouts: Sequence[Path]) -> Iterator[Place]:
    """Walk to a path that the caller chose, and yield where it leads; inside a checkout, missing folders are created.

    The folders `checkouts` and every folder with a `.git` count as checkouts.

    Raises:
        OSError: a folder is missing. PermissionError: the path contains a link in a checkout, or leads into `.git`.
    """
    walk = _Walk(checkouts)
    try:
        yield walk.to(os.path.abspath(path))  # noqa: PTH100 - follows no link
    finally:
        walk.close()


class _Walk:
    """Walks from the root of the file system to a file, one name at a time."""

    def __init__(self, checkouts: Sequence[Path]) -> None:
        self._checkouts = {_identity(checkout.stat()) for checkout in checkouts}
        self._folder = os.open("/", _FOLDER)
        self._is_confined = self._is_tree()
        self._links = 0

    def close(self) -> None:
        """Close the current folder."""
        os.close(self._folder)

    def to(self, path: str) -> Place:
        """Walk to `path`, following the links that may be followed; raises OSError."""
        waiting = [part for part in path.split("/") if part][::-1]
        while waiting:
            name = waiting.pop()
            if self._is_confined and is_git(name):
                raise PermissionError("the path is in .git")
            status = self._status(name)
            if status is not None and stat.S_ISLNK(status.st_mode) and not self._is_magic(name, waiting):
                waiting += self._follow(name)
            elif not waiting:
                return Place(self._folder, name, status, self._is_confined)
            else:
                if status is None and self._is_confined:
                    os.mkdir(name, dir_fd=self._folder)
                self._enter(name)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))

    def _status(self, name: str) -> os.stat_result | None:
        try:
            return os.stat(name, dir_fd=self._folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def _is_magic(self, name: str, waiting: list[str]) -> bool:
        """Return whether an entry is an open file in /proc, such as the target of /dev/stdout, which has no path."""
        try:
            return (
                not waiting
                and os.fstat(self._folder).st_dev == Path("/proc/self").stat().st_dev
                and not os.readlink(name, dir_fd=self._folder).startswith("/")
            )
        except OSError:
            return False

    def _follow(self, name: str) -> list[str]:
        """Return the names in a link's target, the last first."""
        if self._is_confined:
            raise PermissionError(
                f"the path contains the symbolic link {quoted(name)}, which is in a checkout"
            )
        self._links += 1
        if self._links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        target = os.readlink(name, dir_fd=self._folder)
        if target.startswith("/"):
            self._enter("/")
        return [part for part in target.split("/") if part not in ("", ".")][::-1]

    def _enter(self, name: str) -> None:
        self._folder = _entered(self._folder, name)
        # Once inside, always inside: links are followed only outside of checkouts, as are a checkout's parents.
        self._is_confined = self._is_confined or self._is_tree()

    def _is_tree(self) -> bool:
        return _identity(os.fstat(self._folder)) in self._checkouts or self._status(".git") is not None


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
