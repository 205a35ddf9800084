"""Where devcontainer.json files are, and where files are that are meant to be one."""

import posixpath
from collections.abc import Iterator

from crreg.workspace.budget import Limit
from crreg.workspace.readable import ReadableFiles


def is_devcontainer(path: str) -> bool:
    """Whether a file has the name of a dev container's file."""
    return posixpath.basename(path).removeprefix(".") == "devcontainer.json"


def may_begin(path: str) -> bool:
    """Whether an entry of the root may lead to a dev container's file, or to one that Codespaces ignores."""
    return path.lower() == _FOLDER or path.lower().removeprefix(".") in _LIKE_A_FILE


_FOLDER = ".devcontainer"
_UNREAD = frozenset({"devcontainer.jsonc", "devcontainer.json5", "devcontainer.yml", "devcontainer.yaml"})
_LIKE_A_FILE = _UNREAD | {"devcontainer.json"}


def find_misnamed(workspace: ReadableFiles) -> Iterator[str]:
    """Yield files that Codespaces ignores because of their name, or of the case or depth of their folder, in no order.

    Raises:
        LimitError: the repository exceeds a limit.
    """
    for folder, names in (
        ("", {*_UNREAD, "devcontainer.json"} | {f".{name}" for name in _UNREAD}),
        (_FOLDER, _UNREAD | {".devcontainer.json"}),
    ):
        for name in workspace.files(folder):
            lowered = name.lower()
            is_json = lowered.removeprefix(".") == "devcontainer.json"
            if lowered in names or (is_json and name != lowered):
                yield posixpath.join(folder, name)
    folders = [name for name in _folders(workspace, "") if name.lower() == _FOLDER and name != _FOLDER]
    for above in _folders(workspace, _FOLDER):
        folders += (f"{_FOLDER}/{above}/{name}" for name in _folders(workspace, f"{_FOLDER}/{above}"))
    for folder in folders:
        if workspace.has_file(f"{folder}/devcontainer.json"):
            yield f"{folder}/devcontainer.json"


def _folders(workspace: ReadableFiles, path: str) -> Iterator[str]:
    for name in workspace.folders(path):
        workspace.budget.spend(Limit.FOLDERS)
        yield name


def find_devcontainers(workspace: ReadableFiles) -> Iterator[str]:
    """Yield the paths of all devcontainer.json files, in no order.

    Raises:
        LimitError: the repository exceeds a limit.
    """
    for path in (".devcontainer.json", ".devcontainer/devcontainer.json"):
        if workspace.has_file(path):
            yield path
    for folder in _folders(workspace, _FOLDER):
        path = f".devcontainer/{folder}/devcontainer.json"
        if workspace.has_file(path):
            yield path
