"""Safe reading of the files of a repository that anyone may have written."""

import codecs
import enum
import errno
import os
import posixpath
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from crreg.workspace.budget import Limit, ReadingBudget
from crreg.workspace.missing import why_missing
from crreg.workspace.opening import RefusedError, read_below, resolve
from crreg.workspace.tracked import NotCommittedError, Tracked, view_of

MAX_FILE_BYTES = 1 << 20
"""No file that people write for a dev container comes near 1 MiB."""
_MOST_ENTRIES = 10_000
"""Entries of a folder that are looked at for files under other names."""
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
"""What an operating system answers for a file that is not there."""
_MAX_PATH = 4_096
"""Linux's own bound on a path (PATH_MAX), taken before a longer one is looked at part by part."""


class UnreadableFileError(Exception):
    """A file that can't be read, or must not be."""

    def __init__(self, reason: str, *, beyond: bool = False, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, to be put after the file's name: plain text."""
        self.beyond = beyond
        """Whether the file may be sound: it is beyond a bound, or not committed as it is here."""
        self.missing = missing
        """Whether there is nothing at that path."""


def join(folder: str, path: str) -> str:
    """`path` as seen from `folder`, both relative to the workspace, with `.` and `..` taken out of the text.

    The result starts with `../` or `/` if it leads outside; reading it is refused.
    """
    return posixpath.normpath(posixpath.join(folder, path))


class Decoding(enum.Enum):
    """How the bytes of a file become text: as the program reads them that a codespace uses."""

    STRICT = enum.auto()
    """UTF-8, and nothing else."""
    LENIENT = enum.auto()
    """UTF-8, with U+FFFD for each byte that is none, as Node's and Go's string functions take it."""
    DOCKERFILE = enum.auto()
    """As LENIENT, but a byte order mark stays, since not every reader of a Dockerfile skips it."""
    YAML = enum.auto()
    """UTF-8, or UTF-16 with a byte order mark, as YAML allows (https://yaml.org/spec/1.2.2/#52-character-encodings)."""


@dataclass(frozen=True, slots=True)
class FileText:
    """A file that was read."""

    text: str
    path: str
    """Where it is, relative to the workspace: another path than the one asked for where a link led to it."""


class Workspace:
    """A folder whose files are read by their path relative to it, and none outside it.

    A path is resolved first and refused if it ends up outside. What is opened is then the resolved path, following
    no symbolic link. Files count as far as a codespace sees them (see `tracked`).
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str] | None = None,
        budget: ReadingBudget | None = None,
    ) -> None:
        """`environment` tells a workflow from a terminal, and where the user's own ignore rules are."""
        self._root = os.path.realpath(root)
        environment = environment or {}
        self._tracked = Tracked(self._root, view_of(environment), environment)
        self.budget = budget or ReadingBudget()
        """What reading may still cost; each file that is read is taken from it."""
        self._passed_over: dict[str, str] = {}

    @property
    def damage(self) -> str:
        """Why a workflow's checkout can't tell what is committed, as a clause; empty if it can or is none."""
        return self._tracked.damage

    @property
    def passed_over(self) -> Mapping[str, str]:
        """Files that were asked for by `has_file` and don't count, and why: to be put after the name."""
        return self._passed_over

    def read_text(
        self,
        path: str,
        *,
        is_generated: bool = False,
        is_proven: bool = False,
        decoding: Decoding = Decoding.STRICT,
    ) -> str:
        """The text of a file, as `read_file` says."""
        return self.read_file(path, is_generated=is_generated, is_proven=is_proven, decoding=decoding).text

    def read_file(
        self,
        path: str,
        *,
        is_generated: bool = False,
        is_proven: bool = False,
        decoding: Decoding = Decoding.STRICT,
    ) -> FileText:
        """A file's text, without its byte order mark; line ends are as in the file or as they are committed.

        `is_generated` lets a workflow's own file count that is not committed, unless a link leads to it.
        `is_proven` demands of a workflow's checkout that it can tell what is committed.

        Raises:
            UnreadableFileError: it is missing, outside, no regular file, too large, not UTF-8, or does not count.
            LimitError: the repository is beyond a limit.
        """
        self.budget.look()
        self.budget.spend(Limit.FILES)
        content, real_path = self._content(path, is_generated=is_generated, is_proven=is_proven)
        self.budget.spend(Limit.BYTES, len(content))
        return FileText(_decoded(content, decoding), real_path)

    def has_file(self, path: str) -> bool:
        """Whether anything but a folder has that name, readable or not, and counts: a link that leads nowhere does.

        Raises:
            LimitError: there is no time left.
        """
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
            entry = os.path.join(self._resolve(folder or "."), name)  # noqa: PTH118 - a resolved path is a str
            mode = os.lstat(entry).st_mode
            return not (os.path.isdir(entry) if stat.S_ISLNK(mode) else stat.S_ISDIR(mode))  # noqa: PTH112 - likewise
        except (OSError, UnreadableFileError):
            return False

    def files(self, path: str) -> list[str]:
        """The names of what is no folder in a folder and counts, in no order; none if it is no folder."""
        try:
            with os.scandir(self._resolve(path or ".")) as entries:
                names = [entry.name for entry in islice(entries, _MOST_ENTRIES) if not _is_folder(entry)]
        except (OSError, UnreadableFileError):
            return []
        return [name for name in names if self.has_file(posixpath.join(path, name))]

    def folders(self, path: str) -> Iterator[str]:
        """The names of the folders in a folder, links to folders included, in no order; none if it is no folder.

        Raises:
            LimitError: there is no time left.
        """
        try:
            with os.scandir(self._resolve(path)) as entries:
                links = []
                for entry in entries:
                    if entry.is_symlink():
                        links.append(entry)
                    elif _is_folder(entry):
                        yield entry.name
                # Last, since to follow them may take all of the time.
                for entry in links:
                    self.budget.look()
                    if _is_folder(entry):
                        yield entry.name
        except (OSError, UnreadableFileError):
            return

    def _resolve(self, path: str) -> str:
        """The real path; raises OSError, and UnreadableFileError if it is outside."""
        if len(path) > _MAX_PATH:
            raise UnreadableFileError("does not exist", missing=True)
        try:
            return os.path.join(self._root, resolve(self._root, path))  # noqa: PTH118 - a resolved path is a str
        except RefusedError as error:
            raise UnreadableFileError(error.reason, beyond=error.beyond) from error

    def _content(self, path: str, *, is_generated: bool, is_proven: bool) -> tuple[bytes, str]:
        """The bytes of a file that counts, and its real path."""
        if is_proven and self._tracked.trouble:
            reason = f"is not read: {self._tracked.trouble}, so whether it is committed is not known"
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
            unreadable = _unreadable(error)
            if unreadable.missing:
                self._check_absence(path)
                reason, is_elsewhere = why_missing(self._root, join("", path))
                if is_elsewhere:
                    raise UnreadableFileError(reason, beyond=True) from error
                raise UnreadableFileError(reason, missing=True) from error
            raise unreadable from error

    def _check_absence(self, path: str) -> None:
        try:
            self._tracked.check_absence(join("", path))
        except NotCommittedError as error:
            raise _uncounted(error) from error


def _uncounted(error: NotCommittedError) -> UnreadableFileError:
    """What a codespace does not have is missing; what it has otherwise can't be known here."""
    return UnreadableFileError(error.reason, beyond=not error.is_missing, missing=error.is_missing)


def _unreadable(error: OSError) -> UnreadableFileError:
    if error.errno in _ABSENT:
        return UnreadableFileError("does not exist", missing=True)
    reasons = {
        errno.ELOOP: "is a symbolic link to itself",
        errno.EISDIR: "is a folder, not a file",
    }
    return UnreadableFileError(reasons.get(error.errno or 0, f"can't be read: {error.strerror}"))


def _decoded(content: bytes, decoding: Decoding) -> str:
    """The text of a file; raises UnreadableFileError."""
    if decoding is Decoding.LENIENT:
        return content.decode("utf-8-sig", "replace")
    if decoding is Decoding.DOCKERFILE:
        return content.decode("utf-8", "replace")
    is_utf16 = decoding is Decoding.YAML and content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding, name = ("utf-16", "UTF-16") if is_utf16 else ("utf-8-sig", "UTF-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableFileError(
            f"is not {name}: byte 0x{content[error.start]:02x} in line {line}"
        ) from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
