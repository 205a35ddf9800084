"""Why a file is missing: it is in a submodule, or has a slightly different name."""

import configparser
import posixpath
from collections.abc import Callable, Iterable, Iterator

from crreg.workspace.confined import RefusedError, resolve
from crreg.workspace.opening import entries_below, read_below

SUBMODULES_FILE = ".gitmodules"
MOST_NEIGHBORS = 10_000
"""Most entries of a folder that are searched for a similar name."""
LARGEST_SUBMODULES_FILE = 256 * 1024
"""Largest .gitmodules that is read, in bytes."""


def why_missing(root: str, path: str) -> tuple[str, bool]:
    """Return why the normalized `path` below `root` is missing, to follow its name, and whether it is elsewhere."""
    return reason_missing(path, submodules(root), lambda: _near_misses(root, path))


def reason_missing(
    path: str, submodules: Iterable[str], near_misses: Callable[[], Iterable[str]]
) -> tuple[str, bool]:
    """Return what `why_missing` does, from the folders of submodules and the files that `resembles` accepts."""
    submodule = next((each for each in submodules if f"{path}/".startswith(f"{each}/")), None)
    if submodule is not None:
        reason = (
            f"is in the submodule {submodule}, which is not checked out here: "
            "set the input submodules: true of actions/checkout"
        )
        return reason, True
    if "\\" in path:
        return "does not exist: use / instead of \\, because codespaces run on Linux", False
    near = min(near_misses(), default=None)
    return (f"does not exist; there is {near}" if near else "does not exist"), False


def submodules(root: str) -> tuple[str, ...]:
    """Return the folders of the repository's submodules from .gitmodules; empty if it can't be read.

    Source: https://git-scm.com/docs/gitmodules
    """
    try:
        return submodules_in(read_below(root, (SUBMODULES_FILE,), LARGEST_SUBMODULES_FILE))
    except (OSError, RefusedError):
        return ()


def submodules_in(content: bytes) -> tuple[str, ...]:
    """Return the folders of the submodules in the content of a .gitmodules; empty if it is broken."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        # Git indents the values, which Python would treat as continuation lines.
        lines = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
        parser.read_string("\n".join(lines))
    except configparser.Error:
        return ()
    named = (parser.get(section, "path", fallback=None) for section in parser.sections())
    return tuple(posixpath.normpath(path.strip().strip('"')) for path in named if path and path.strip('" '))


def _near_misses(root: str, path: str) -> Iterator[str]:
    """Yield the names of files next to `path` that differ only in case, or in .yml and .yaml."""
    folder, name = posixpath.split(path)
    try:
        with entries_below(root, resolve(root, folder or ".").split("/")) as entries:
            for number, entry in enumerate(entries):
                if number == MOST_NEIGHBORS:
                    return
                if resembles(entry.name, name) and not entry.is_dir():
                    yield entry.name
    except (OSError, RefusedError):
        return


def resembles(other: str, name: str) -> bool:
    """Return whether the two names of files differ, but only in case, or in .yml and .yaml."""
    return other != name and _plain(other) == _plain(name)


def _plain(name: str) -> str:
    """Normalize what people get wrong in a file's name."""
    lowered = name.lower()
    return f"{lowered.removesuffix('.yml')}.yaml" if lowered.endswith(".yml") else lowered
