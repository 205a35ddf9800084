"""Why a file is not there: it is in a submodule, or another file is nearly named like it."""

import configparser
import os
import posixpath
from collections.abc import Iterator

from crreg.workspace.opening import RefusedError, read_below, resolve

_MOST_NEIGHBORS = 10_000
"""Entries of a folder among which a name is looked for that is nearly the same."""
_LARGEST = 256 * 1024
"""Bytes of a .gitmodules that is read."""


def why_missing(root: str, path: str) -> tuple[str, bool]:
    """Why there is nothing at the normal `path` below `root`, to be put after the name; whether it is elsewhere."""
    submodule = next((each for each in submodules(root) if f"{path}/".startswith(f"{each}/")), None)
    if submodule is not None:
        reason = (
            f"is in the submodule {submodule}, which is not checked out here: "
            "give actions/checkout the input submodules: true"
        )
        return reason, True
    if "\\" in path:
        return "does not exist: write / for \\, since codespaces run on Linux", False
    near = min(_near_misses(root, path), default=None)
    return (f"does not exist; there is {near}" if near else "does not exist"), False


def submodules(root: str) -> tuple[str, ...]:
    """The folders of the repository's submodules, as .gitmodules names them; none if it can't be read.

    Source: https://git-scm.com/docs/gitmodules
    """
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        content = read_below(root, (".gitmodules",), _LARGEST)
        # Git indents the values, which Python would take for lines that go on.
        lines = (line.strip() for line in content.decode("utf-8", "replace").splitlines())
        parser.read_string("\n".join(lines))
    except (OSError, RefusedError, configparser.Error):
        return ()
    named = (parser.get(section, "path", fallback=None) for section in parser.sections())
    return tuple(posixpath.normpath(path.strip().strip('"')) for path in named if path and path.strip('" '))


def _near_misses(root: str, path: str) -> Iterator[str]:
    """The names of files beside `path` that are nearly named like it: in another case, or .yml for .yaml."""
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
    """A file's name without what people get wrong in it."""
    lowered = name.lower()
    return f"{lowered.removesuffix('.yml')}.yaml" if lowered.endswith(".yml") else lowered
