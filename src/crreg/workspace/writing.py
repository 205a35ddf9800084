"""Write whole files in folders with untrusted links, without following those. All writing goes through here.

Links above a checkout may be followed, because the caller made them (a runner's work folder on another disk). Links
inside a checkout may not, because a pull request can contain them.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crreg.printable import quoted

# Walking through a folder does not need the right to list it.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC
# O_NONBLOCK: otherwise opening a fifo would wait for its reader.
_WRITING = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC
_MODE = 0o644
_MOST_LINKS = 40
"""Linux's limit."""
_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV})
"""A file may be writable although its folder is not, or may be a mount point."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The target of a path."""

    folder: int
    """An open descriptor of the folder."""
    name: str
    status: os.stat_result | None
    """The status of the existing entry, never of a link that may be followed; None if there is none."""
    is_confined: bool
    """Whether the target is in a checkout."""


def write_file(path: str | Path, text: str, checkouts: Sequence[Path]) -> None:
    """Write a file that the caller names; an existing file stays as it is until the new one is complete.

    The folders `checkouts` and every folder with a `.git` count as checkouts. Inside one, missing folders are created.

    Raises:
        OSError: the file can't be written. PermissionError: the path contains a link in a checkout, or leads to
            something in it that is not a regular file.
    """
    with _placed(path, checkouts) as place:
        _check(place)
        if place.status is None or stat.S_ISREG(place.status.st_mode):
            _replace(place, text.encode())
        else:
            _write(place, text.encode(), 0)


def claim_file(path: str | Path, checkouts: Sequence[Path]) -> None:
    """Check that `write_file` could write there, without changing anything; raises OSError like it."""
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
    """Append to a file that the runner names, or create it; raises OSError like `write_file`."""
    with _placed(path, ()) as place:
        _check(place)
        _write(place, content, os.O_APPEND | os.O_CREAT)


def write_inside(workspace: Path, path: str, text: str) -> None:
    """Write a file in the workspace; raises OSError, also if the path leads outside."""
    write_file(inside(workspace, path), text, (workspace,))


def claim_inside(workspace: Path, path: str) -> None:
    """Check that `write_inside` could write there, without changing anything; raises OSError like it."""
    claim_file(inside(workspace, path), (workspace,))


def inside(workspace: Path, path: str) -> str:
    """Return the real path of a path in the workspace; raises PermissionError if it leads outside."""
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
    """Walks from the root of the file system to a file, one name at a time."""

    def __init__(self, checkouts: Sequence[Path]) -> None:
        self._checkouts = {_identity(checkout.stat()) for checkout in checkouts}
        self._folder = os.open("/", _FOLDER)
        self._is_confined = self._is_tree()
        self._links = 0

    def close(self) -> None:
        """Close the current folder."""
        os.close(self._folder)

    def to(self, path: str) -> _Place:
        """Walk to `path`, following the links that may be followed; raises OSError."""
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
        inner = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=self._folder)
        os.close(self._folder)
        self._folder = inner
        # Once inside, always inside: links are followed only outside of checkouts, as are a checkout's parents.
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
        raise PermissionError("it is not a regular file")


def _replace(place: _Place, content: bytes) -> None:
    """Write a new file and rename it last, so that the old file survives if the process ends early."""
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
            _copy_permissions(file, place.status)
        os.rename(name, place.name, src_dir_fd=place.folder, dst_dir_fd=place.folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=place.folder)
        if not isinstance(error, OSError) or place.status is None or error.errno not in _IN_PLACE:
            raise
        _write(place, content, os.O_TRUNC)


def _copy_permissions(file: int, status: os.stat_result | None) -> None:
    """Give a new file the mode and, if permitted, the owner of the file that it replaces."""
    if status is not None:
        with contextlib.suppress(OSError):
            os.fchown(file, status.st_uid, status.st_gid)
        os.fchmod(file, stat.S_IMODE(status.st_mode) & 0o777)


def _temporary_name() -> str:
    return f".crreg-{secrets.token_hex(8)}.tmp"


def _temporary(folder: int, name: str) -> int:
    return os.open(name, _WRITING | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE, dir_fd=folder)


def _write(place: _Place, content: bytes, flags: int) -> None:
    """Write to the existing entry, or create a file."""
    is_link = place.status is not None and stat.S_ISLNK(place.status.st_mode)
    flags |= _WRITING | (0 if is_link else os.O_NOFOLLOW)
    with os.fdopen(os.open(place.name, flags, _MODE, dir_fd=place.folder), "wb") as stream:
        os.set_blocking(stream.fileno(), True)
        stream.write(content)
