"""Why a file is missing: it is in a submodule, or has a slightly different name."""

import configparser
import os
import posixpath
from collections.abc import Iterator

from crreg.workspace.opening import RefusedError, read_below, resolve

_MOST_NEIGHBORS = 10_000
"""Most entries of a folder that are searched for a similar name."""
_LARGEST = 256 * 1024
"""Largest .gitmodules that is read, in bytes."""


def why_missing(root: str, path: str) -> tuple[str, bool]:
    """Return why the normalized `path` below `root` is missing, to follow its name, and whether it is elsewhere."""
    submodule = next((each for each in submodules(root) if f"{path}/".startswith(f"{each}/")), None)
    if submodule is not None:
        reason = (
            f"is in the submodule {submodule}, which is not checked out here: "
            "set the input submodules: true of actions/checkout"
        )
        return reason, True
    if "\\" in path:
        return "does not exist: use / instead of \\, because codespaces run on Linux", False
    near = min(_near_misses(root, path), default=None)
    return (f"does not exist; there is {near}" if near else "does not exist"), False


def submodules(root: str) -> tuple[str, ...]:
    """Return the folders of the repository's submodules from .gitmodules; empty if it can't be read.

    Source: https://git-scm.com/docs/gitmodules
    """
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        content = read_below(root, (".gitmodules",), _LARGEST)
        # Git indents the values, which Python would treat as continuation lines.
        lines = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
        parser.read_string("\n".join(lines))
    except (OSError, RefusedError, configparser.Error):
        return ()
    named = (parser.get(section, "path", fallback=None) for section in parser.sections())
    return tuple(posixpath.normpath(path.strip().strip('"')) for path in named if path and path.strip('" '))


def _near_misses(root: str, path: str) -> Iterator[str]:
    """Yield the names of files next to `path` that differ only in case, or in .yml and .yaml."""
    folder, name = posixpath.split(path)
    wanted = _plain(name)
    try:
        with os.scandir(os.path.join(root, resolve(root, folder or "."))) as entries:  # noqa: PTH118 - a resolved path is a str
            for number, entry in enumerate(entries):
                if number == _MOST_NEIGHBORS:
                    return
                if _plain(entry.name) == wanted and entry.name != name and not entry.is_dir():
                    yield entry.name
    except (OSError, RefusedError):
        return


def _plain(name: str) -> str:
    """Normalize what people get wrong in a file's name."""
    lowered = name.lower()
    return f"{lowered.removesuffix('.yml')}.yaml" if lowered.endswith(".yml") else lowered
