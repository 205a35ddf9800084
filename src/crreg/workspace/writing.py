"""Write whole files in folders with untrusted links, without following those. All writing goes through here.

`confined` decides which links may be followed, and refuses to write outside of a checkout.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from crreg.workspace.confined import Place, inside, placed

# O_NONBLOCK: otherwise opening a fifo would wait for its reader.
_WRITING = os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC
_MODE = 0o644
_IN_PLACE = frozenset({errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV})
"""A file may be writable although its folder is not, or may be a mount point."""


def write_file(path: str | Path, text: str, checkouts: Sequence[Path]) -> None:
    """Write a file that the caller names; an existing file stays as it is until the new one is complete.

    The folders `checkouts` and every folder with a `.git` count as checkouts. Inside one, missing folders are created.

    Raises:
        OSError: the file can't be written. PermissionError: the path contains a link in a checkout, or leads to
            something in it that is not a regular file.
    """
    with placed(path, checkouts) as place:
        _check(place)
        if place.status is None or stat.S_ISREG(place.status.st_mode):
            _replace(place, text.encode())
        else:
            _write(place, text.encode(), 0)


def claim_file(path: str | Path, checkouts: Sequence[Path]) -> None:
    """Check that `write_file` could write there, without changing anything; raises OSError like it."""
    with placed(path, checkouts) as place:
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
    with placed(path, ()) as place:
        _check(place)
        _write(place, content, os.O_APPEND | os.O_CREAT)


def write_inside(workspace: Path, path: str, text: str) -> None:
    """Write a file in the workspace; raises OSError, also if the path leads outside."""
    write_file(inside(workspace, path), text, (workspace,))


def claim_inside(workspace: Path, path: str) -> None:
    """Check that `write_inside` could write there, without changing anything; raises OSError like it."""
    claim_file(inside(workspace, path), (workspace,))


def _check(place: Place) -> None:
    if place.status is None:
        return
    if stat.S_ISDIR(place.status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if place.is_confined and not stat.S_ISREG(place.status.st_mode):
        raise PermissionError("it is not a regular file")


def _replace(place: Place, content: bytes) -> None:
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
    return f".crreg-{os.urandom(8).hex()}.tmp"


def _temporary(folder: int, name: str) -> int:
    return os.open(name, _WRITING | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, _MODE, dir_fd=folder)


def _write(place: Place, content: bytes, flags: int) -> None:
    """Write to the existing entry, or create a file."""
    is_link = place.status is not None and stat.S_ISLNK(place.status.st_mode)
    flags |= _WRITING | (0 if is_link else os.O_NOFOLLOW)
    with os.fdopen(os.open(place.name, flags, _MODE, dir_fd=place.folder), "wb") as stream:
        os.set_blocking(stream.fileno(), True)
        stream.write(content)
