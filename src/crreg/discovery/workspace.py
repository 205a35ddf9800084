"""Safe reading of the files of a repository that anyone may have written."""

import errno
import os
import posixpath
import stat
from collections.abc import Iterator
from pathlib import Path

from crreg.discovery.budget import Limit, ReadingBudget
from crreg.discovery.found import ProblemKind

MAX_FILE_BYTES = 1 << 20
"""No file that people write for a dev container comes near 1 MiB."""
_MAX_PATH = 4_096
"""Linux's own bound on a path (PATH_MAX), taken before a longer one is looked at part by part."""


class UnreadableFileError(Exception):
    """A file that can't be read, or must not be."""

    def __init__(
        self, reason: str, *, kind: ProblemKind = ProblemKind.INVALID, missing: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """Why, to be put after the file's name: plain text."""
        self.kind = kind
        """INVALID, or UNRESOLVED for a file that is beyond a bound."""
        self.missing = missing
        """Whether there is nothing at that path."""


def join(folder: str, path: str) -> str:
    """`path` as seen from `folder`, both relative to the workspace, with `.` and `..` taken out of the text.

    The result starts with `../` or `/` if it leads outside; reading it is refused.
    """
    return posixpath.normpath(posixpath.join(folder, path))


class Workspace:
    """A folder whose files are read by their path relative to it, and none outside it.

    A path is resolved first and refused if it ends up outside. What is opened is then the resolved path, one
    folder after another from the root, following no symbolic link: so a link that appears between the check
    and the opening leads nowhere, and the check need not be trusted to be still true.
    """

    def __init__(self, root: Path, budget: ReadingBudget | None = None) -> None:
        self._root = os.path.realpath(root)
        self.budget = budget or ReadingBudget()
        """What reading may still cost; each file that is read is taken from it."""

    def read_text(self, path: str) -> str:
        """The text of a file, without its byte order mark; line ends are as in the file.

        Raises:
            UnreadableFileError: it is missing, outside, no regular file, too large, or not UTF-8.
            LimitError: the repository is beyond a limit.
        """
        self.budget.look()
        self.budget.spend(Limit.FILES)
        try:
            content = self._read(self._resolve(path))
        except OSError as error:
            raise _unreadable(error) from error
        self.budget.spend(Limit.BYTES, len(content))
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise UnreadableFileError(
                f"is not UTF-8: byte 0x{content[error.start]:02x} in line {line}"
            ) from error

    def has_file(self, path: str) -> bool:
        """Whether anything but a folder has that name, readable or not: a link that leads nowhere counts."""
        folder, name = posixpath.split(path)
        try:
            entry = os.path.join(self._resolve(folder or "."), name)  # noqa: PTH118 - a resolved path is a str
            mode = os.lstat(entry).st_mode
            return not (os.path.isdir(entry) if stat.S_ISLNK(mode) else stat.S_ISDIR(mode))  # noqa: PTH112 - likewise
        except (OSError, UnreadableFileError):
            return False

    def folders(self, path: str) -> Iterator[str]:
        """The names of the folders in a folder, links to folders included, in no order; none if it is no folder."""
        try:
            with os.scandir(self._resolve(path)) as entries:
                for entry in entries:
                    if _is_folder(entry):
                        yield entry.name
        except (OSError, UnreadableFileError):
            return

    def _resolve(self, path: str) -> str:
        """The real path; raises OSError, and UnreadableFileError if it is outside."""
        if len(path) > _MAX_PATH:
            raise UnreadableFileError("does not exist", missing=True)
        if "\0" in path:
            raise UnreadableFileError("has a NUL character in its path")
        if posixpath.isabs(path) or join("", path).split("/", 1)[0] == "..":
            raise UnreadableFileError("is outside the repository")
        try:
            resolved = os.path.realpath(os.path.join(self._root, path), strict=True)  # noqa: PTH118 - Path.resolve raises RuntimeError for a loop of links before Python 3.13
        except UnicodeEncodeError as error:
            raise UnreadableFileError("does not exist", missing=True) from error
        if os.path.commonpath([self._root, resolved]) != self._root:
            raise UnreadableFileError("is a symbolic link that leads outside the repository")
        # The checkout's token stands there in clear, and a report quotes what it can't read.
        if any(part.lower() == ".git" for part in Path(resolved).relative_to(self._root).parts):
            raise UnreadableFileError("is in .git, which is no part of the repository's files")
        return resolved

    def _read(self, resolved: str) -> bytes:
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            *folders, name = Path(resolved).relative_to(self._root).parts or (".",)
            for part in folders:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
                os.close(folder)
                folder = inner
            # O_NONBLOCK: to open a fifo would otherwise wait for its writer.
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        finally:
            os.close(folder)
        with open(file, "rb") as stream:  # noqa: PTH123 - there is no Path, only an open file
            mode = os.fstat(file).st_mode
            if stat.S_ISDIR(mode):
                raise UnreadableFileError("is a folder, not a file")
            if not stat.S_ISREG(mode):
                raise UnreadableFileError("is no regular file")
            content = stream.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise UnreadableFileError(
                f"is larger than {MAX_FILE_BYTES >> 20} MiB", kind=ProblemKind.UNRESOLVED
            )
        return content


def _unreadable(error: OSError) -> UnreadableFileError:
    reasons = {
        errno.ENOENT: "does not exist",
        errno.ENOTDIR: "does not exist",
        errno.ENAMETOOLONG: "does not exist",
        errno.ELOOP: "is a symbolic link to itself",
        errno.EISDIR: "is a folder, not a file",
    }
    reason = reasons.get(error.errno or 0, f"can't be read: {error.strerror}")
    return UnreadableFileError(reason, missing=reason == "does not exist")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
