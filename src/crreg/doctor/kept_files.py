"""What Codespaces keeps on disk in a codespace: its variables, its secrets, and why a start failed.

GitHub documents none of these files, so anything missing or unexpected in them is ignored. Sources:
`user-secrets-envs.json` is what `devcontainer up` gets as `--secrets-file`, as creation logs show
(https://github.com/microsoft/PubSec-Info-Assistant/issues/879); `.env-secrets` and `.env` are described by the team of
Codespaces (https://github.com/microsoft/vscode-dev-containers/pull/1261 and /pull/932); the others are known from
users' reports alone.
"""

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from crreg.doctor.creation_log import first_error
from crreg.github.access import is_repository
from crreg.triple import may_be_part
from crreg.workspace.confined import RefusedError
from crreg.workspace.opening import start_below

FOLDER = Path("/workspaces/.codespaces")
_LARGEST = 1024 * 1024
"""Bytes of a file of variables; a level holds at most 100 secrets of 48 KB, and real ones are far smaller."""
_LARGEST_LOG = 16 * 1024 * 1024
"""Bytes that are read of a log; the error that ended a start comes before the log's end, and progress bars are long."""
_LARGEST_REASON = 4096
"""Bytes that are read of the reason, which is one line."""
_LINE = re.compile(r"(?:export )?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
_TAKEN = frozenset({"CODESPACES", "CODESPACE_NAME", "GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_USER"})


def kept_variables(folder: Path = FOLDER) -> dict[str, str]:
    """Return every variable and secret in the files, by name; the first file that has a name wins."""
    shared = folder / "shared"
    found: dict[str, str] = {}
    for name, read in _READERS.items():
        for key, value in read(_read(shared / name, _LARGEST)).items():
            found.setdefault(key, value)
    return found


def completed(environment: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Add to the environment the missing parts of triples and the few variables that the doctor uses."""
    lacking = {
        name: value
        for name, value in kept.items()
        if not environment.get(name) and (name in _TAKEN or may_be_part(name))
    }
    if not is_repository(lacking.get("GITHUB_REPOSITORY", "")):
        lacking.pop("GITHUB_REPOSITORY", None)
    return {**environment, **lacking}


def is_recovery_container(environment: Mapping[str, str], folder: Path = FOLDER) -> bool:
    """Whether Codespaces started its small container in place of the one that failed."""
    if environment.get("CODESPACES_RECOVERY_CONTAINER") == "true":
        return True
    return recovery_reason(folder) is not None


def recovery_reason(folder: Path = FOLDER) -> str | None:
    """Return why Codespaces started the recovery container, in its own words; None if it does not say."""
    return _read(folder / ".persistedshare" / "RECOVERY-REASON-FILE", _LARGEST_REASON).strip() or None


def creation_error(folder: Path = FOLDER) -> str | None:
    """Return the first error in the log of this codespace's last start, an unchanged line; None if there is none."""
    return first_error(_read(folder / ".persistedshare" / "creation.log", _LARGEST_LOG))


def _read(path: Path, limit: int) -> str:
    """Return the first `limit` bytes of a regular file as text; empty if it is not one, or can't be read."""
    try:
        return start_below(path.parent, (path.name,), limit).decode(errors="replace")
    except (OSError, RefusedError):
        return ""


def _object(text: str) -> dict[str, str]:
    return _texts(_json(text))


def _list(text: str) -> dict[str, str]:
    document = _json(text)
    entries = [entry for entry in document if isinstance(entry, dict)] if isinstance(document, list) else []
    named = [(entry.get("name"), entry.get("value")) for entry in entries]
    return _texts({name: value for name, value in named if isinstance(name, str)})


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _texts(document: Any) -> dict[str, str]:
    members = document if isinstance(document, dict) else {}
    return {name: value for name, value in members.items() if isinstance(value, str) and _storable(value)}


def _storable(value: str) -> bool:
    """Whether an environment could hold it: JSON also allows unpaired surrogates and zero bytes."""
    try:
        return b"\0" not in value.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return False


def _encoded_lines(text: str) -> dict[str, str]:
    found = {}
    for name, value in _lines(text).items():
        with contextlib.suppress(binascii.Error):
            found[name] = base64.b64decode(value, validate=True).decode(errors="surrogateescape")
    return found


def _lines(text: str) -> dict[str, str]:
    matches = (_LINE.fullmatch(line.strip("\r")) for line in text.split("\n"))
    return {match[1]: match[2] for match in matches if match is not None}


_READERS: dict[str, Callable[[str], dict[str, str]]] = {
    "user-secrets-envs.json": _object,
    ".user-secrets.json": _list,
    ".env-secrets": _encoded_lines,
    "environment-variables.json": _object,
    ".env": _lines,
}
"""The files of variables; first those that keep a value of several lines whole."""
