"""Safe reading of a checkout's untrusted files."""

import os
import posixpath
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from crreg.workspace.budget import ReadingBudget
from crreg.workspace.confined import RefusedError, resolve
from crreg.workspace.missing import why_missing
from crreg.workspace.opening import entries_below, is_file_below, read_below
from crreg.workspace.readable import (
    LONGEST_PATH,
    MAX_FILE_BYTES,
    MOST_NAMES,
    ReadableFiles,
    UnreadableFileError,
    join,
    unreadable,
)
from crreg.workspace.tracked import NotCommittedError, Tracked, view_of


class Workspace(ReadableFiles):
    """A folder whose files are read by their relative path, and nothing outside it.

    A path is first resolved, and refused if it is outside. Then the resolved path is opened without following
    symbolic links. Only files that a codespace sees count (see `tracked`).
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str] | None = None,
        budget: ReadingBudget | None = None,
    ) -> None:
        """`environment` shows whether this is a workflow or a terminal, and where the user's own ignore rules are."""
        super().__init__(budget)
        self._root = os.path.realpath(root)
        environment = environment or {}
        self._tracked = Tracked(self._root, view_of(environment), environment)

    @property
    def damage(self) -> str:
        """Why a workflow's checkout does not show what is committed, as a clause; empty if it does, or without one."""
        return self._tracked.damage

    @property
    def is_top(self) -> bool:
        """Whether the folder is the top folder of a checkout, where Codespaces looks for dev containers."""
        return self._tracked.is_top

    def has_file(self, path: str) -> bool:
        """Implement `ReadableFiles.has_file`."""
        self.budget.look()
        try:
            is_there = self._has_entry(path)
            if is_there:
                self._tracked.check(path)
            else:
                self._tracked.check_absence(join("", path))
        except NotCommittedError as error:
            if error.is_missing:
                self._passed_over[path] = error.reason
            return not error.is_missing
        except OSError:
            return False
        return is_there

    def _has_entry(self, path: str) -> bool:
        folder, name = posixpath.split(path)
        try:
            return is_file_below(self._root, [*self._resolve(folder or "."), name])
        except (OSError, UnreadableFileError):
            return False

    def files(self, path: str) -> list[str]:
        """Implement `ReadableFiles.files`."""
        try:
            with entries_below(self._root, self._resolve(path or ".")) as entries:
                names = [entry.name for entry in islice(entries, MOST_NAMES) if not _is_folder(entry)]
        except (OSError, UnreadableFileError):
            return []
        return [name for name in names if self.has_file(posixpath.join(path, name))]

    def folders(self, path: str) -> Iterator[str]:
        """Implement `ReadableFiles.folders`."""
        try:
            with entries_below(self._root, self._resolve(path or ".")) as entries:
                links = []
                for entry in entries:
                    if entry.is_symlink():
                        links.append(entry)
                    elif _is_folder(entry):
                        yield entry.name
                # Last, because following them may use up the time.
                for entry in links:
                    self.budget.look()
                    if _is_folder(entry):
                        yield entry.name
        except (OSError, UnreadableFileError):
            return

    def _resolve(self, path: str) -> list[str]:
        """Return the names in the real path; raises OSError, and UnreadableFileError if it is outside."""
        if len(path) > LONGEST_PATH:
            raise UnreadableFileError("does not exist", missing=True)
        try:
            return resolve(self._root, path).split("/")
        except RefusedError as error:
            raise UnreadableFileError(error.reason, beyond=error.beyond) from error

    def _content(self, path: str, *, is_generated: bool, is_proven: bool) -> tuple[bytes, str]:
        """Return the bytes of a file that counts, and its real path."""
        if is_proven and self._tracked.trouble:
            reason = f"was not read: {self._tracked.trouble}, so crreg can't tell whether it is committed"
            raise UnreadableFileError(reason, beyond=True)
        try:
            resolved = resolve(self._root, path)
            content = read_below(self._root, resolved.split("/"), MAX_FILE_BYTES)
            if is_generated and resolved == join("", path):
                return content, resolved
            return self._tracked.check(path, content) or b"", resolved
        except RefusedError as error:
            raise UnreadableFileError(error.reason, beyond=error.beyond) from error
        except NotCommittedError as error:
            if is_generated:
                # A caller that needs no file may still want to know that a link leads to none that counts.
                raise UnreadableFileError(error.reason) from error
            raise _uncounted(error) from error
        except OSError as error:
            refusal = unreadable(error)
            if refusal.missing:
                self._check_absence(path)
                reason, is_elsewhere = why_missing(self._root, join("", path))
                if is_elsewhere:
                    raise UnreadableFileError(reason, beyond=True) from error
                raise UnreadableFileError(reason, missing=True) from error
            raise refusal from error

    def _check_absence(self, path: str) -> None:
        try:
            self._tracked.check_absence(join("", path))
        except NotCommittedError as error:
            raise _uncounted(error) from error


def _uncounted(error: NotCommittedError) -> UnreadableFileError:
    """Convert an error. A file that a codespace lacks is missing; otherwise its content there is unknown."""
    return UnreadableFileError(error.reason, beyond=not error.is_missing, missing=error.is_missing)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
