"""Variables in the strings of a devcontainer.json, expanded as the reference implementation does.

This follows `src/spec-common/variableSubstitution.ts` of `@devcontainers/cli`. Names of features are not expanded.
"""

import posixpath
import re

from crreg.discovery.documents.tree import DocumentError, Scalar, Text
from crreg.workspace.readable import join

_WORKSPACE_FOLDER = "/${localWorkspaceFolder}"
"""Replaces the root in an expanded path: absolute, and not in any real path."""
_LINE_END = re.compile("[\n\r\u2028\u2029]")


def expand(scalar: Scalar, *, is_path: bool = False, is_strict: bool = True) -> Text:
    """The text of a string with its variables expanded.

    `is_strict` refuses a default that begins with a dash, as from a shell's `:-`: no name or path does.

    In a path the workspace's folder is known: `resolve` treats it as the root. Anywhere else only the codespace
    knows its name.

    Raises:
        DocumentError: an environment variable has no name, or a default in a shell's syntax.
    """
    text = str(scalar.value)
    parts: list[str] = []
    unknown: list[str] = []
    done = 0
    for start, end in _variables(text):
        match = text[start:end]
        replacement = _replace(match, scalar, is_path=is_path, is_strict=is_strict)
        if replacement is None:
            unknown.append(match)
        parts += [text[done:start], replacement or ""]
        done = end
    return Text("".join(parts) + text[done:], scalar.location, tuple(dict.fromkeys(unknown)))


def dropped_of_default(scalar: Scalar) -> str:
    """Return what a default loses after its second colon, with that colon; empty if nothing."""
    text = str(scalar.value)
    variables = (text[start + 2 : end - 1].split(":") for start, end in _variables(text))
    lost = (parts[3:] for parts in variables if parts[0] in {"env", "localEnv"})
    return next((":" + ":".join(parts) for parts in lost if parts), "")


def _shell_default(name: str, arguments: list[str]) -> str:
    """Return what is wrong with `${localEnv:NAME:-DEFAULT}`, which is how a shell writes a default."""
    variable, default, *dropped = arguments
    right = default.removeprefix("-")
    message = f"the default is {default!r}: write ${{{name}:{variable}:{right}}}, without the dash"
    if dropped:
        lost = ":" + ":".join(dropped)
        message += f"; {lost} is dropped, since a default ends at its second colon"
    return message


def resolve(folder: str, path: str) -> str:
    """Return the workspace-relative path that an expanded `path` means in a file of `folder`."""
    joined = join(folder, path)
    if joined == _WORKSPACE_FOLDER or joined.startswith(f"{_WORKSPACE_FOLDER}/"):
        return posixpath.relpath(joined, _WORKSPACE_FOLDER)
    return joined


def _variables(text: str) -> list[tuple[int, int]]:
    r"""The spans that `\$\{(.*?)\}` matches, found without looking at any character twice."""
    spans: list[tuple[int, int]] = []
    start = text.find("${")
    while start >= 0:
        end = text.find("}", start)
        if end < 0:
            break
        line_ends = [match.end() for match in _LINE_END.finditer(text, start, end)]
        if line_ends:
            # A variable is on one line, so none begins before the last line end.
            start = text.find("${", line_ends[-1])
            continue
        spans.append((start, end + 1))
        start = text.find("${", end + 1)
    return spans


def _replace(match: str, scalar: Scalar, *, is_path: bool, is_strict: bool) -> str | None:
    """Return what a variable is replaced by, None if only the codespace knows."""
    # The reference implementation drops what follows a second colon, too: a default can't contain one.
    name, *arguments = match[2:-1].split(":")
    match name:
        case "env" | "localEnv":
            if not arguments:
                message = f"{match} does not name an environment variable: write ${{{name}:NAME}}"
                raise DocumentError(message, scalar.location)
            if is_strict and len(arguments) > 1 and arguments[1].startswith("-"):
                raise DocumentError(_shell_default(name, arguments), scalar.location)
            return arguments[1] if len(arguments) > 1 else None
        case "localWorkspaceFolder":
            return _WORKSPACE_FOLDER if is_path else None
        case (
            "localWorkspaceFolderBasename"
            | "containerWorkspaceFolder"
            | "containerWorkspaceFolderBasename"
            | "containerEnv"
            | "devcontainerId"
        ):
            return None
        case _:
            return match
