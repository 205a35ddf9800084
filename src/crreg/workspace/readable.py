"""The interface through which discovery reads a repository's files, in a checkout or on GitHub."""

import codecs
import enum
import errno
import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crreg.workspace.budget import Limit, ReadingBudget

MAX_FILE_BYTES = 1 << 20
"""Hand-written files of dev containers are far smaller than 1 MiB."""
LONGEST_PATH = 4_096
"""Linux's limit for a path (PATH_MAX), checked before the path is resolved part by part."""
MOST_NAMES = 10_000
"""Entries of a folder that are looked at for files under other names."""
_POINTER = b"version https://git-lfs.github.com/spec/"
"""How a pointer file begins, which the repository has in place of a file in Git LFS.

Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""
_LONGEST_POINTER = 1024
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG})
"""The operating system's errors for a file that does not exist."""


class UnreadableFileError(Exception):
    """A file that can't or must not be read."""

    def __init__(self, reason: str, *, beyond: bool = False, missing: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, to follow the file's name: plain text."""
        self.beyond = beyond
        """Whether the file may be valid: it is beyond a limit, or differs from the committed file."""
        self.missing = missing
        """Whether the file does not exist."""


def unreadable(error: OSError) -> UnreadableFileError:
    """Convert an operating system's error for a path."""
    if error.errno in _ABSENT:
        return UnreadableFileError("does not exist", missing=True)
    reasons = {
        errno.ELOOP: "is a symbolic link to itself",
        errno.EISDIR: "is a folder, not a file",
    }
    return UnreadableFileError(reasons.get(error.errno or 0, f"can't be read: {error.strerror}"))


def join(folder: str, path: str) -> str:
    """Join `path` to `folder`, which is relative to the workspace, and remove `.` and `..` from the text.

    If the result is outside, it starts with `../` or `/`, and reading it is refused.
    """
    return posixpath.normpath(posixpath.join(folder, path))


class Decoding(enum.Enum):
    """How to decode a file: in the same way as the program that reads it in a codespace."""

    STRICT = enum.auto()
    """Only UTF-8."""
    LENIENT = enum.auto()
    """UTF-8 with U+FFFD for invalid bytes, as Node's and Go's string functions decode it."""
    DOCKERFILE = enum.auto()
    """Like LENIENT, but keep a byte order mark, because not every reader of a Dockerfile skips it."""
    YAML = enum.auto()
    """UTF-8, or UTF-16 with a byte order mark, as YAML allows (https://yaml.org/spec/1.2.2/#52-character-encodings)."""


@dataclass(frozen=True, slots=True)
class FileText:
    """A file that was read."""

    text: str
    path: str
    """The file's real path relative to the workspace, which differs from the requested one after a link."""


class ReadableFiles(ABC):
    """The files of one repository that a codespace sees, read by their path relative to its root.

    Anyone may have written the files. A path that leads outside the repository is refused.
    """

    def __init__(self, budget: ReadingBudget | None = None) -> None:
        self.budget = budget or ReadingBudget()
        """The remaining budget for reading; each file that is read uses some of it."""
        self._passed_over: dict[str, str] = {}

    @abstractmethod
    def has_file(self, path: str) -> bool:
        """Return whether a file that counts has this path, readable or not; a broken link counts as a file.

        Raises:
            LimitError: there is no time left.
        """

    @abstractmethod
    def files(self, path: str) -> list[str]:
        """List the names of a folder's files that count, in any order; empty if it is not a folder."""

    @abstractmethod
    def folders(self, path: str) -> Iterator[str]:
        """Yield the names of a folder's subfolders, including links, in any order; none if it is not a folder.

        Raises:
            LimitError: there is no time left.
        """

    @abstractmethod
    def _content(self, path: str, *, is_generated: bool, is_proven: bool) -> tuple[bytes, str]:
        """Return the bytes of a file that counts, and its real path; raises UnreadableFileError."""

    @property
    def damage(self) -> str:
        """Why a workflow's checkout does not show what is committed, as a clause; empty if it does, or without one."""
        return ""

    @property
    def passed_over(self) -> Mapping[str, str]:
        """Files that exist but that `has_file` did not count, and why, to follow the file's name."""
        return self._passed_over

    def read_text(self, path: str, *, is_generated: bool = False) -> str:
        """Read a file and return only its text; see `read_file`."""
        return self.read_file(path, is_generated=is_generated).text

    def read_file(
        self,
        path: str,
        *,
        is_generated: bool = False,
        is_proven: bool = False,
        decoding: Decoding = Decoding.STRICT,
    ) -> FileText:
        """Read a file without its byte order mark; line endings are those of the file or of the committed file.

        `is_generated` accepts a file that a workflow created and did not commit, unless it is reached by a link.
        `is_proven` requires a workflow's checkout that shows what is committed.

        Raises:
            UnreadableFileError: it is missing, outside, not a regular file, too large, not UTF-8, or does not count.
            LimitError: the repository is beyond a limit.
        """
        self.budget.look()
        self.budget.spend(Limit.FILES)
        content, real_path = self._content(path, is_generated=is_generated, is_proven=is_proven)
        self.budget.spend(Limit.BYTES, len(content))
        if content.startswith(_POINTER) and len(content) < _LONGEST_POINTER:
            raise UnreadableFileError(
                "is kept in Git LFS, so its content is not in the repository", beyond=True
            )
        return FileText(_decoded(content, decoding), real_path)


def _decoded(content: bytes, decoding: Decoding) -> str:
    """Decode a file; raises UnreadableFileError."""
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
