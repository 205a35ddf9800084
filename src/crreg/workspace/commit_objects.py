"""What is known so far of the folders and files of one commit, and what is wanted next."""

import os
import posixpath
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from crreg.workspace.confined import RefusedError, is_git

LONGEST_NAME = 255
"""Linux's limit for a file's name (NAME_MAX), in bytes. A codespace can't have a file with a longer one."""
_SUBMODULE = 0o160000
"""The file type of the commit of another repository; `stat` has no name for it."""
_USABLE = frozenset({stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, _SUBMODULE})
_ENTRY_BYTES = 200
"""About what a known entry of a folder takes."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """An entry of a folder, as git records it."""

    mode: int
    oid: str
    """The object id of the file, of the link's target, or of the folder; empty if it is not known."""

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.mode)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of this repository."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)

    @property
    def is_submodule(self) -> bool:
        """Whether it is the commit of another repository, which a checkout shows as an empty folder."""
        return stat.S_IFMT(self.mode) == _SUBMODULE

    @property
    def is_usable(self) -> bool:
        """Whether it is something that a checkout can contain."""
        return stat.S_IFMT(self.mode) in _USABLE


FOLDER = TreeEntry(stat.S_IFDIR, "")
"""A folder whose object id is not known."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object of the commit that is not known yet."""

    path: str
    """Its real path relative to the root, which is the empty path."""
    oid: str
    """Its object id; empty if only its path is known, and then the path may not exist."""
    is_folder: bool


class UnknownError(Exception):
    """Something is not known yet, and was noted as wanted."""


@dataclass(frozen=True, slots=True)
class Found:
    """The last entry on a path."""

    entry: TreeEntry
    is_above: bool
    """Whether the path goes on below the entry, which is not a folder of this repository."""


class CommitObjects:
    """The objects of one commit that were fetched.

    A repository's authors decide how much there is, so what is kept and asked for is limited.
    """

    def __init__(self, most_bytes: int = 16 << 20, most_objects: int = 3_000) -> None:
        self.is_stuck = False
        """Whether something is wanted that was asked for before: the source does not have what it lists."""
        self.weight = 0
        """About how many bytes are kept."""
        self._most_bytes = most_bytes
        self._objects_left = most_objects
        self._wanted: dict[tuple[str, bool], Wanted] = {}
        self._asked: set[Wanted] = set()
        self._folders: dict[str, Mapping[str, TreeEntry]] = {}
        """By real path."""
        self._noted: set[str] = set()
        """Folders whose entries are not known, but those of a folder in them are."""
        self._blobs: dict[str, bytes | RefusedError] = {}
        """By object id."""

    @property
    def is_wanting(self) -> bool:
        """Whether anything was found missing since `forget_wanted`."""
        return self.is_stuck or bool(self._wanted)

    def forget_wanted(self) -> None:
        """Begin to note what is wanted."""
        self._wanted = {}

    def ask(self) -> tuple[Wanted, ...]:
        """Return what is wanted, and expect that it is added before it is wanted again; empty if it is too much."""
        wanted = tuple(self._wanted.values())
        if len(wanted) > self._objects_left or self.weight > self._most_bytes:
            return ()
        self._objects_left -= len(wanted)
        self._asked.update(wanted)
        return wanted

    def add_folder(self, path: str, entries: Iterable[tuple[str, TreeEntry]]) -> None:
        """Add all entries of a folder, by name. Those that no checkout can contain are left out."""
        known = {name: entry for name, entry in entries if entry.is_usable and _is_name(name)}
        self.weight += _ENTRY_BYTES * len(known)
        self._folders[path] = known
        # Git follows no links, so a folder that it finds has none in its path.
        while path := posixpath.dirname(path):
            self._noted.add(path)

    def add_blob(self, oid: str, content: bytes | RefusedError) -> None:
        """Add a file's content or a link's target, or why it is not fetched."""
        if isinstance(content, bytes) and oid not in self._blobs:
            self.weight += len(content)
        self._blobs[oid] = content

    def has_blob(self, oid: str) -> bool:
        """Return whether a file's content, or why it is not fetched, was added."""
        return oid in self._blobs

    def find(self, path: str) -> Found | None:
        """Return the last entry on a path without links; None if there is none.

        Raises:
            UnknownError: that is not known yet.
        """
        known = path
        while known and known not in self._folders and known not in self._noted:
            known = posixpath.dirname(known)
        entry: TreeEntry | None = FOLDER
        while entry is not None and known != path:
            if not entry.is_folder:
                return Found(entry, is_above=True)
            name = path[len(known) + bool(known) :].partition("/")[0]
            entry = self.entries(known, entry).get(name)
            known = posixpath.join(known, name)
        return None if entry is None else Found(entry, is_above=False)

    def entries(self, path: str, folder: TreeEntry) -> Mapping[str, TreeEntry]:
        """Return the entries of a folder by name; raises UnknownError."""
        known = self._folders.get(path)
        return self._want(path, folder.oid, is_folder=True) if known is None else known

    def blob(self, path: str, entry: TreeEntry) -> bytes:
        """Return the content of a file, or the target of a link; raises RefusedError and UnknownError."""
        content = self._blobs.get(entry.oid)
        if content is None:
            self._want(path, entry.oid, is_folder=False)
        if isinstance(content, RefusedError):
            raise RefusedError(content.reason, beyond=content.beyond)
        return content

    def guess(self, path: str) -> None:
        """Want a file and its folder by their path at once, since each folder above would take a round.

        If one of those is a link, nothing is found, and the usual rounds follow it.
        """
        if not path.isprintable() or path.startswith(("/", "../")) or path in {".", ".."}:
            return
        self._suggest(Wanted(path, "", is_folder=False))
        folder = posixpath.dirname(path)
        if folder not in self._folders:
            self._suggest(Wanted(folder, "", is_folder=True))

    def _suggest(self, wanted: Wanted) -> None:
        if wanted not in self._asked:
            self._wanted.setdefault((wanted.path, wanted.is_folder), wanted)

    def _want(self, path: str, oid: str, *, is_folder: bool) -> NoReturn:
        wanted = Wanted(path, oid, is_folder)
        if wanted in self._asked:
            self.is_stuck = True
        else:
            self._wanted[path, is_folder] = wanted
        raise UnknownError


def _is_name(name: str) -> bool:
    """Return whether a checkout can contain a file of this name; git refuses to check out the others."""
    return (
        name not in {"", ".", ".."}
        and not is_git(name)
        and "/" not in name
        and "\0" not in name
        and len(os.fsencode(name)) <= LONGEST_NAME
    )
