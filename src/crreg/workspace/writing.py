"""The one way to write a file where a stranger may have put links: whole, and through none of theirs.

A path may lead through links up to a checkout, since those are the caller's (a runner's folder of work on another
disk), but through none below its highest folder: those are a pull request's.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crreg.text import quoted

# To pass through a folder takes no right to list it.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: to open a fifo would otherwise wait for its reader.
_WRITING = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC
_MODE = 0o644
_MOST_LINKS = 40
"""As many as Linux follows."""
_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV})
"""A file may be writable where its folder is not, or be a mount of its own."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a path leads."""

    folder: int
    """An open descriptor."""
    name: str
    status: os.stat_result | None
    """Of what is there now, which is no link that may be followed; None for nothing."""
    is_confined: bool
    """Whether it is in a checkout."""


def write_file(path: str | Path, text: str, checkouts: Sequence[Path]) -> None:
    """Write a file that the caller names; what was there stays as it is until the new one is complete.

    The folders `checkouts` count as such, whether they are or not, and so does every folder that has a `.git`. In
    one, folders that are missing are made.

    Raises:
        OSError: it can't be written; PermissionError also where the path leads through a link of a checkout, or to
            something in it that is no regular file.
    """
    with _placed(path, checkouts) as place:
        _check(place)
        if place.status is None or stat.S_ISREG(place.status.st_mode):
            _replace(place, text.encode())
        else:
            _write(place, text.encode(), 0)


def claim_file(path: str | Path, checkouts: Sequence[Path]) -> None:
    """See that `write_file` can write there, and leave what is there as it is; raises OSError likewise."""
    with _placed(path, checkouts) as place:
        _check(place)
        if place.status is not None and not stat.S_ISREG(place.status.st_mode):
            return
        try:
            os.close(_temporary(place.folder, name := _temporary_name()))
            os.unlink(name, dir_fd=place.folder)
        except OSError as error:
            if place.status is None or error.errno not in _IN_PLACE:
                raise
            os.close(os.open(place.name, _WRITING | os.O_NOFOLLOW, dir_fd=place.folder))


def append_to_file(path: Path, content: bytes) -> None:
    """Append to a file that the runner names, or make it; raises OSError likewise."""
    with _placed(path, ()) as place:
        _check(place)
        _write(place, content, os.O_APPEND | os.O_CREAT)


def write_inside(workspace: Path, path: str, text: str) -> None:
    """Write a file of the workspace; raises OSError, also where the path leads out of it."""
    write_file(_inside(workspace, path), text, (workspace,))


def claim_inside(workspace: Path, path: str) -> None:
    """See that `write_inside` can write there, and leave what is there as it is; raises OSError likewise."""
    claim_file(_inside(workspace, path), (workspace,))


def _inside(workspace: Path, path: str) -> str:
    given = os.path.abspath(workspace)  # noqa: PTH100 - follows no link
    target = os.path.normpath(os.path.join(given, path))  # noqa: PTH118 - normpath has no pathlib form
    if target == given or os.path.commonpath([given, target]) != given:
        raise PermissionError("the path is outside the workspace")
    return os.path.join(os.path.realpath(given), os.path.relpath(target, given))  # noqa: PTH118 - likewise


@contextlib.contextmanager
def _placed(path: str | Path, checkouts: Sequence[Path]) -> Iterator[_Place]:
    walk = _Walk(checkouts)
    try:
        yield walk.to(os.path.abspath(path))  # noqa: PTH100 - follows no link
    finally:
        walk.close()


class _Walk:
    """Goes from the root of the file system to a file, one name after another."""

    def __init__(self, checkouts: Sequence[Path]) -> None:
        self._checkouts = {_identity(checkout.stat()) for checkout in checkouts}
        self._folder = os.open("/", _FOLDER)
        self._is_confined = self._is_tree()
        self._links = 0

    def close(self) -> None:
        """Close the folder that it got to."""
        os.close(self._folder)

    def to(self, path: str) -> _Place:
        """Follow the links that may be followed; raises OSError."""
        waiting = [part for part in path.split("/") if part][::-1]
        while waiting:
            name = waiting.pop()
            if self._is_confined and name.lower() == ".git":
                raise PermissionError("the path is in .git")
            status = self._status(name)
            if status is not None and stat.S_ISLNK(status.st_mode) and not self._is_magic(name, waiting):
                waiting += self._follow(name)
            elif not waiting:
                return _Place(self._folder, name, status, self._is_confined)
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
        """Whether it is an open file as /proc shows it, such as what /dev/stdout leads to: no path leads there."""
        try:
            return (
                not waiting
                and os.fstat(self._folder).st_dev == Path("/proc/self").stat().st_dev
                and not os.readlink(name, dir_fd=self._folder).startswith("/")
            )
        except OSError:
            return False

    def _follow(self, name: str) -> list[str]:
        """The names that a link puts in its place, the last first."""
        if self._is_confined:
            raise PermissionError(f"the path leads through the symbolic link {quoted(name)} of a checkout")
        self._links += 1
        if self._links > _MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        target = os.readlink(name, dir_fd=self._folder)
        if target.startswith("/"):
            self._enter("/")
        return [part for part in target.split("/") if part not in ("", ".")][::-1]

    def _enter(self, name: str) -> None:
        inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._folder)
        os.close(self._folder)
        self._folder = inner
        # Once inside, always inside: a link is followed only outside of every checkout, whose parents are outside, too.
        self._is_confined = self._is_confined or self._is_tree()

    def _is_tree(self) -> bool:
        return _identity(os.fstat(self._folder)) in self._checkouts or self._status(".git") is not None


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _check(place: _Place) -> None:
    if place.status is None:
        return
    if stat.S_ISDIR(place.status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if place.is_confined and not stat.S_ISREG(place.status.st_mode):
        raise PermissionError("it is no regular file")


def _replace(place: _Place, content: bytes) -> None:
    """Write a new file, and give it the name at the end, so that an end before leaves the one that was there."""
    name = _temporary_name()
    try:
        file = _temporary(place.folder, name)
    except OSError as error:
        if place.status is None or error.errno not in _IN_PLACE:
            raise
        _write(place, content, os.O_TRUNC)
        return
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(content)
            _dress(file, place.status)
        os.rename(name, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=place.folder)
        if not isinstance(error, OSError) or place.status is None or error.errno not in _IN_PLACE:
            raise
        _write(place, content, os.O_TRUNC)


def _dress(file: int, status: os.stat_result | None) -> None:
    """Give a new file the mode and, if that may be, the owner of the one that it replaces."""
    if status is not None:
        with contextlib.suppress(OSError):
            os.fchown(file, status.st_uid, status.st_gid)
        os.fchmod(file, stat.S_IMODE(status.st_mode) & 0o777)


def _temporary_name() -> str:
    return f".crreg-{secrets.token_hex(8)}.tmp"


def _temporary(folder: int, name: str) -> int:
    return os.open(name, _WRITING | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE, dir_fd=folder)


def _write(place: _Place, content: bytes, flags: int) -> None:
    """Write to what is there."""
    is_link = place.status is not None and stat.S_ISLNK(place.status.st_mode)
    flags |= _WRITING | (0 if is_link else os.O_NOFOLLOW)
    with os.fdopen(os.open(place.name, flags, _MODE, dir_fd=place.folder), "wb") as stream:
        os.set_blocking(stream.fileno(), True)
        stream.write(content)
