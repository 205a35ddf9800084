"""Open and read files below a folder with untrusted content, without following links. All reading goes through here.

`confined` decides what is inside of the folder.
"""

import contextlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from crreg.workspace.confined import RefusedError, folder_below

_READING = os.O_RDONLY | os.O_CLOEXEC
# O_NONBLOCK: otherwise opening a fifo would wait for the process at its other end.
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MEBIBYTE = 1 << 20


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


@contextlib.contextmanager
def entries_below(root: str | Path, parts: Sequence[str]) -> Iterator[Iterator[os.DirEntry[str]]]:
    """List a folder below `root`; `is_dir` and `stat` of an entry follow a link, and only in the `with` block.

    Raises:
        OSError: it is missing, the path contains a link, or it can't be read.
    """
    with folder_below(root, parts) as folder, _listed(folder) as entries:
        yield entries


def is_file_below(root: str | Path, parts: Sequence[str]) -> bool:
    """Return whether a path below `root` is anything but a folder or a link to one.

    Raises:
        OSError: it is missing, or a folder on the way is a link.
    """
    with folder_below(root, parts[:-1]) as folder:
        mode = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            with contextlib.suppress(OSError):
                mode = os.stat(parts[-1], dir_fd=folder).st_mode
        return not stat.S_ISDIR(mode)


@contextlib.contextmanager
def _listed(folder: int) -> Iterator[Iterator[os.DirEntry[str]]]:
    readable = os.open(".", _READING | os.O_DIRECTORY, dir_fd=folder)
    try:
        with os.scandir(readable) as entries:
            yield entries
    finally:
        os.close(readable)


def _names(folder: int) -> tuple[str, ...]:
    with _listed(folder) as entries:
        return tuple(sorted(entry.name for entry in entries))


def _opened(name: str, folder: int) -> int:
    return os.open(name, _READING | _FILE, dir_fd=folder)
