"""The lock file beside a devcontainer.json, which pins the images of features to digests.

Sources: https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-configuration/lockfile.ts,
containerFeaturesConfiguration.ts (getFeatureIdType)
"""

import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crreg.discovery.collected import Collected
from crreg.findings.location import Location
from crreg.workspace.readable import ReadableFiles, UnreadableFileError

_NAME = "devcontainer-lock.json"


@dataclass(frozen=True, slots=True)
class Locked:
    """What a lock file says about a feature."""

    digest: str = ""
    """What the CLI asks the registry for instead of a tag; empty if nothing is pinned."""
    depends_on: tuple[str, ...] = ()
    """The features that it needs, as they are named in its own image."""


def read_lock(workspace: ReadableFiles, path: str, collected: Collected) -> Mapping[str, Locked]:
    """Return the features, by identifier, in the lock file of the devcontainer.json at `path`; empty without one."""
    folder, name = posixpath.split(path)
    lock_path = posixpath.join(folder, f".{_NAME}" if name.startswith(".") else _NAME)
    if not workspace.has_file(lock_path):
        return {}
    place = Location.start_of(lock_path)
    try:
        text = workspace.read_file(lock_path).text
    except UnreadableFileError as error:
        collected.unreadable(lock_path, error, place)
        return {}
    if not text.strip():
        # The CLI treats an empty file as one to fill.
        return {}
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        where = Location(lock_path, error.lineno, error.colno, error.lineno, error.colno)
        message = "the lock file is not JSON, which allows no comments and no trailing commas: correct it or delete it"
        collected.invalid(message, where)
        return {}
    except (ValueError, RecursionError):
        tree = None
    features = tree.get("features") if isinstance(tree, dict) else None
    if not isinstance(features, dict):
        collected.invalid("the lock file must be a JSON object with the key features", place)
        return {}
    return {identifier: _locked(entry) for identifier, entry in features.items()}


def _locked(entry: Any) -> Locked:
    members = entry if isinstance(entry, dict) else {}
    digest, depends_on = members.get("integrity"), members.get("dependsOn")
    names = depends_on if isinstance(depends_on, list) else []
    return Locked(
        digest if isinstance(digest, str) else "", tuple(name for name in names if isinstance(name, str))
    )
