"""The files of a commit that is not checked out.

Reading takes rounds. Each one reads as if everything were there, and notes what is not known yet. What it notes is
fetched, and the next round reads again. A round that notes nothing has read the commit as a clean checkout in a
workflow shows it. The exception are links that lead outside the repository: nothing is known of their target.
"""

import errno
import os
import posixpath
from collections.abc import Iterator, Mapping
from itertools import islice

from crreg.workspace.budget import ReadingBudget
from crreg.workspace.commit_objects import FOLDER, LONGEST_NAME, CommitObjects, Found, TreeEntry, UnknownError
from crreg.workspace.confined import OUTSIDE, RefusedError, follow, resolve
from crreg.workspace.missing import (
    LARGEST_SUBMODULES_FILE,
    MOST_NEIGHBORS,
    SUBMODULES_FILE,
    reason_missing,
    resembles,
    submodules_in,
)
from crreg.workspace.readable import (
    LONGEST_PATH,
    MOST_NAMES,
    ReadableFiles,
    UnreadableFileError,
    join,
    unreadable,
)
from crreg.workspace.tracked import ABSENT, UNTRACKED

_ROOT = "/r"
"""Where the commit's files seem to be. A path that leaves this folder is refused at once, so none can come back."""


class FetchedFiles(ReadableFiles):
    """The files of one commit, as far as its objects are known."""

    def __init__(self, objects: CommitObjects) -> None:
        super().__init__()
        self._objects = objects
        self._is_last = False

    def begin(self, budget: ReadingBudget, *, last: bool = False) -> None:
        """Begin a round; in the `last` one, an unknown file is one that can't be read."""
        self.budget = budget
        self._is_last = last
        self._passed_over = {}
        self._objects.forget_wanted()

    def has_file(self, path: str) -> bool:
        """Implement `ReadableFiles.has_file`; a file that is not known yet may be there."""
        self.budget.look()
        try:
            return self._counts(path) if self._has_entry(path) else self._is_committed(join("", path))
        except UnknownError:
            return True

    def files(self, path: str) -> list[str]:
        """Implement `ReadableFiles.files`."""
        try:
            entries = self._entries(path)
        except (UnknownError, OSError, RefusedError):
            return []
        paths = ((name, posixpath.join(path, name)) for name in islice(entries, MOST_NAMES))
        return [name for name, each in paths if not self._is_known_folder(each) and self.has_file(each)]

    def folders(self, path: str) -> Iterator[str]:
        """Implement `ReadableFiles.folders`."""
        try:
            entries = self._entries(path)
        except (UnknownError, OSError, RefusedError):
            return
        links = [name for name, entry in entries.items() if entry.is_link]
        yield from (name for name, entry in entries.items() if entry.is_folder or entry.is_submodule)
        for name in links:
            self.budget.look()
            if self._is_known_folder(posixpath.join(path, name)):
                yield name

    def _content(self, path: str, *, is_generated: bool, is_proven: bool) -> tuple[bytes, str]:
        # Everything is as committed, and nothing was generated.
        del is_generated, is_proven
        try:
            resolved = resolve(_ROOT, path, self._read_link)
            return self._blob(resolved), resolved
        except UnknownError:
            self._objects.guess(join("", path))
            raise self._unknown() from None
        except RefusedError as error:
            raise UnreadableFileError(error.reason, beyond=error.beyond) from error
        except OSError as error:
            refusal = unreadable(error)
            if refusal.missing:
                raise self._missing(join("", path)) from error
            raise refusal from error

    def _missing(self, path: str) -> UnreadableFileError:
        """Return why a normalized path is missing."""
        try:
            if self._is_committed(path):
                return UnreadableFileError(ABSENT, beyond=True)
            reason, is_elsewhere = reason_missing(path, self._submodules(), lambda: self._near_misses(path))
        except UnknownError:
            return self._unknown()
        return UnreadableFileError(reason, beyond=is_elsewhere, missing=not is_elsewhere)

    def _unknown(self) -> UnreadableFileError:
        reason = "was not read: there is too much to read" if self._is_last else "is not known yet"
        return UnreadableFileError(reason, beyond=True)

    def _submodules(self) -> tuple[str, ...]:
        try:
            found = self._objects.find(SUBMODULES_FILE)
            if found is None or not found.entry.is_file:
                return ()
            content = self._objects.blob(SUBMODULES_FILE, found.entry)
        except UnknownError:
            self._objects.guess(SUBMODULES_FILE)
            raise
        except RefusedError:
            return ()
        return submodules_in(content) if len(content) <= LARGEST_SUBMODULES_FILE else ()

    def _near_misses(self, path: str) -> Iterator[str]:
        folder, name = posixpath.split(path)
        try:
            entries = self._entries(folder)
        except (OSError, RefusedError):
            return
        for other in islice(entries, MOST_NEIGHBORS):
            if resembles(other, name) and not self._is_folder(posixpath.join(folder, other)):
                yield other

    def _has_entry(self, path: str) -> bool:
        """Return whether there is a file at a path, or a link to anything but a folder."""
        folder, name = posixpath.split(path)
        try:
            found = self._objects.find(posixpath.join(self._real(folder), name))
        except (OSError, RefusedError):
            return False
        if found is None or found.is_above:
            return False
        return found.entry.is_file or (found.entry.is_link and not self._is_folder(path))

    def _counts(self, path: str) -> bool:
        """Return whether an existing file counts. A link to nothing in this repository is passed over."""
        try:
            found = self._objects.find(follow(_ROOT, path, is_strict=False, read_link=self._read_link).path)
        except OSError:
            return True
        except RefusedError as error:
            if error.beyond:
                return True
            found = None
        if found is None or (found.is_above and not found.entry.is_submodule):
            self._passed_over[path] = UNTRACKED
            return False
        return True

    def _is_committed(self, path: str) -> bool:
        """Return whether a normalized path without a readable file is committed nevertheless."""
        if path.startswith(("/", "../")):
            return False
        found = self._objects.find(path)
        if found is None:
            return False
        return found.entry.is_submodule if found.is_above else not found.entry.is_folder

    def _is_known_folder(self, path: str) -> bool:
        """Return what `_is_folder` returns, or False if that is not known yet."""
        try:
            return self._is_folder(path)
        except UnknownError:
            return False

    def _is_folder(self, path: str) -> bool:
        """Return whether a path leads to a folder of this repository; raises UnknownError."""
        try:
            found = self._at(self._real(path))
        except (OSError, RefusedError):
            return False
        return found is not None and not found.is_above and not (found.entry.is_file or found.entry.is_link)

    def _entries(self, path: str) -> Mapping[str, TreeEntry]:
        """Return the entries of a folder by name; raises OSError, RefusedError and UnknownError."""
        real = self._real(path)
        found = self._at(real)
        if found is not None and not found.is_above:
            if found.entry.is_folder:
                return self._objects.entries(real, found.entry)
            if found.entry.is_submodule:
                return {}
        raise _error(errno.ENOTDIR)

    def _at(self, real: str) -> Found | None:
        return self._objects.find(real) if real else Found(FOLDER, is_above=False)

    def _real(self, path: str) -> str:
        """Resolve a path as `_content` does; the root is the empty path."""
        if len(path) > LONGEST_PATH:
            raise _error(errno.ENAMETOOLONG)
        real = resolve(_ROOT, path or ".", self._read_link)
        return "" if real == "." else real

    def _blob(self, real: str) -> bytes:
        """Return the content of an existing file; raises RefusedError and UnknownError."""
        found = self._at("" if real == "." else real)
        if found is None or found.entry.is_folder or found.entry.is_submodule:
            raise RefusedError("is a folder, not a file")
        return self._objects.blob(real, found.entry)

    def _read_link(self, entry: str) -> str:
        """Do what `os.readlink` does for a path below the root without links in its folder."""
        path = entry.removeprefix(f"{_ROOT}/")
        if path == entry and entry != _ROOT:
            raise RefusedError(OUTSIDE)
        if entry == _ROOT:
            raise _error(errno.EINVAL)
        if len(entry) > LONGEST_PATH or len(os.fsencode(posixpath.basename(path))) > LONGEST_NAME:
            raise _error(errno.ENAMETOOLONG)
        found = self._objects.find(path)
        if found is None:
            raise _error(errno.ENOENT)
        if found.is_above:
            raise _error(errno.ENOENT if found.entry.is_submodule else errno.ENOTDIR)
        if not found.entry.is_link:
            raise _error(errno.EINVAL)
        target = self._objects.blob(path, found.entry)
        if b"\0" in target or not 0 < len(target) < LONGEST_PATH:
            raise RefusedError("is a symbolic link that no checkout can contain")
        return os.fsdecode(target)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))
