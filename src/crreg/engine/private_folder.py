"""Temporary folders that only this user may enter, and that are removed even after a crash."""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from crreg.exits.signals import cleaned_up

_NAME = re.compile(r"crreg-(?:[a-z]+-)?[0-9a-f]{16}")
_NEW = "."
"""The first character of a folder that is not locked yet."""
_WHOLE = 0o700


@contextlib.contextmanager
def private_folder(purpose: str = "") -> Iterator[Path]:
    """Create a folder that only this user may enter; it is removed at the end, or by the next run after a SIGKILL.

    It is locked while its run lives, so that concurrent runs do not remove it.

    Args:
        purpose: lower-case letters that become part of its name.

    Raises:
        OSError: the folder can't be created.
    """
    parent = Path(tempfile.gettempdir())
    _remove_abandoned(parent)
    name = "-".join(filter(None, ("crreg", purpose, secrets.token_hex(8))))
    new, path = parent / f"{_NEW}{name}", parent / name

    def remove() -> None:
        _remove(new)
        _remove(path)

    with cleaned_up(remove):
        new.mkdir(_WHOLE)
        lock = _lock(new)
        try:
            # Other runs see it only from here on, when it is locked.
            new.rename(path)
            yield path
        finally:
            if lock is not None:
                os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    """Remove the folders of runs that were killed."""
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        names = [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
        for path in (parent / name for name in names):
            if _is_own(path) and (lock := _lock(path)) is not None:
                _remove(path)
                os.close(lock)


def _is_own(path: Path) -> bool:
    """Whether it is a folder of this user: in a shared /tmp, others can create one with the same name."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()


def _lock(folder: Path) -> int | None:
    """Open and lock a folder; None if another process has locked it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    if not path.is_dir():
        return
    # A copied context keeps its modes, so some of its folders may be read-only.
    for folder, folders, _ in os.walk(path):
        for inner in (Path(folder, name) for name in folders):
            if not inner.is_symlink():
                with contextlib.suppress(OSError):
                    inner.chmod(_WHOLE)
    shutil.rmtree(path, ignore_errors=True)
