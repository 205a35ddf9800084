"""A folder of files that crreg generates and replaces; crreg never changes a file that it did not write."""

import contextlib
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crreg.printable import quoted
from crreg.workspace.confined import RefusedError, folder_below
from crreg.workspace.opening import entries_below, read_below
from crreg.workspace.writing import write_file

_LARGEST_LIST = 64 << 20
_MARKED = "files"


class NotOursError(Exception):
    """The folder has files that crreg did not write; the message names one, as a sentence."""


def replace_files(
    folder: Path, marker: str, ours: re.Pattern[str], made: Mapping[str, str], checkouts: Sequence[Path]
) -> None:
    """Write files into a folder, and delete those that an earlier run wrote and this one does not.

    The file `marker` in the folder lists them. It is written first, so that the next run recognizes the files of a run
    that was interrupted. Files that did not change are written too.

    Args:
        folder: the folder, which is made if it does not exist.
        marker: the name of the list.
        ours: the form of the paths. Anyone can write a list, so files with other paths are never deleted.
        made: the files' texts by path relative to the folder.
        checkouts: folders in which no link is followed. None is followed in `folder` either.

    Raises:
        NotOursError: the folder has files but no list, or a file to write exists and is not on the list.
        OSError: something can't be written. PermissionError: the path contains a link.
    """
    before = _listed(folder, marker, ours)
    for path in made:
        if path not in before and os.path.lexists(folder / path):
            raise NotOursError(f"{folder / path} exists, and crreg did not write it.")
    _make(folder, marker, sorted({*made, *before}), checkouts)
    inside = [*checkouts, folder]
    for path, text in made.items():
        write_file(folder / path, text, inside)
    _delete(folder, before - made.keys())
    write_file(folder / marker, _list(sorted(made)), inside)


def _listed(folder: Path, marker: str, ours: re.Pattern[str]) -> frozenset[str]:
    """Return the paths that an earlier run wrote; raises NotOursError and OSError."""
    try:
        with entries_below(folder, ()) as entries:
            other = next((entry.name for entry in entries if entry.name != marker), None)
        content = read_below(folder, (marker,), _LARGEST_LIST)
        paths = json.loads(content)[_MARKED]
        return frozenset(path for path in paths if _is_safe(path, ours))
    except FileNotFoundError:
        if not os.path.lexists(folder) or other is None:
            return frozenset()
        raise NotOursError(f"{folder} has files that crreg did not write, such as {quoted(other)}.") from None
    except (RefusedError, ValueError, KeyError, TypeError, RecursionError):
        raise NotOursError(f"{folder / marker} is not a list that crreg wrote.") from None


def _is_safe(path: str, ours: re.Pattern[str]) -> bool:
    return ours.fullmatch(path) is not None and not {"", ".", ".."} & set(path.split("/"))


def _make(folder: Path, marker: str, paths: Iterable[str], checkouts: Sequence[Path]) -> None:
    """Write the list, and make its folder first if it is in no checkout."""
    try:
        write_file(folder / marker, _list(paths), checkouts)
    except FileNotFoundError:
        # What exists of the path was walked until here, without a link of a checkout.
        folder.mkdir(parents=True, exist_ok=True)
        write_file(folder / marker, _list(paths), checkouts)


def _list(paths: Iterable[str]) -> str:
    return json.dumps({_MARKED: list(paths)}, indent=0) + "\n"


def _delete(folder: Path, paths: Iterable[str]) -> None:
    """Delete files, and the folders that this empties, without following links; what is gone already is fine."""
    for path in paths:
        *parents, name = path.split("/")
        with contextlib.suppress(OSError), folder_below(folder, parents) as inner:
            os.unlink(name, dir_fd=inner)
        with contextlib.suppress(OSError), folder_below(folder, parents[:-1]) as outer:
            if parents:
                os.rmdir(parents[-1], dir_fd=outer)
