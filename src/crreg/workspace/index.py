"""Read the index of a git checkout, which lists every tracked file, without running git.

A checkout's configuration can make git run programs (filters, a file system monitor), so git is not used.
Source: https://git-scm.com/docs/gitformat-index
"""

import bisect
import hashlib
import struct
from dataclasses import dataclass
from typing import NamedTuple

LARGEST_INDEX = 128 << 20
"""Bytes: about a million files; the Linux kernel's index has 9 MB."""
_LONGEST_PATH = 4096
_HEADER = struct.Struct(">4sII")
_STAT = 40
"""Bytes of stat(2) data at the start of an entry; the mode is at 24."""
_MODE = struct.Struct(">24xI")
_FLAGS = struct.Struct(">H")
_VERSIONS = (2, 3, 4)
_EXTENDED, _SKIP, _INTENT_TO_ADD, _LENGTH = 0x4000, 0x4000, 0x2000, 0x0FFF
"""Bits of the flags: of the first word the first and the last, of the second the others."""
_STEP = 64
"""Most entries that one lookup decodes."""
_MOST_DECODED = 256
"""Decoded blocks that are kept for later lookups."""
_KIND, _REGULAR, _LINK, _MODULE, _FOLDER = 0o170000, 0o100000, 0o120000, 0o160000, 0o040000
_SPLIT = "is split in two (core.splitIndex), which is not read here"
"""The extension `link` marks such an index, whose entries may have no path."""
_PREFIXED = 4
"""From this version on, a path is stored as the difference from the one before."""


class IndexFormatError(Exception):
    """The file is not a reliable index; the message says why, as a clause about the index."""


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """The index entry of a path."""

    mode: int
    digest: bytes
    """The digest of the blob, of the link's target, or of the submodule's commit."""
    stage: int
    """0, or 1 to 3 during a merge conflict."""
    is_intended: bool
    """Whether the file was added with `git add --intent-to-add`, so that its content is not recorded."""
    is_skipped: bool
    """Whether a sparse checkout leaves the file out."""

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file, executable or not."""
        return self.mode & _KIND == _REGULAR

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return self.mode & _KIND == _LINK

    @property
    def is_submodule(self) -> bool:
        """Whether it is the commit of another repository."""
        return self.mode & _KIND == _MODULE

    @property
    def is_folder(self) -> bool:
        """Whether it represents all files in a folder, as in the index of a sparse checkout."""
        return self.mode & _KIND == _FOLDER


class _Cursor(NamedTuple):
    """An entry during the scan of the index; a tuple, because there may be a million."""

    start: int
    end: int
    """Where the next entry starts."""
    path: bytes
    mode: int
    stage: int
    flags: int
    """The second flags word; 0 without one."""


class Index:
    """The entries of an index, looked up by path.

    Keeps the file's bytes and two of every 64 paths, because a path may be stored as a difference from the last one.
    """

    def __init__(self, content: bytes) -> None:
        """Check the whole of `content`.

        Raises:
            IndexFormatError: it is not an index, is damaged, or uses an unsupported feature.
        """
        self._content = content
        version, count, self._algorithm = _opened(content)
        self._version = version
        self._digest_size = hashlib.new(self._algorithm, usedforsecurity=False).digest_size
        self._limit = len(content) - self._digest_size
        """Where the checksum starts."""
        self._paths: list[bytes] = []
        """The path of the first entry of each block."""
        self._starts: list[tuple[int, bytes]] = []
        """The position of each block, with the path before it."""
        self._decoded: dict[int, dict[bytes, _Cursor]] = {}
        """Blocks that were decoded, by number."""
        self.has_submodules = False
        """Whether any entry is a submodule."""
        self.has_folders = False
        """Whether any entry represents a folder, as in the index of a sparse checkout."""
        self._end = self._scan(count)
        self._check_extensions()

    def find(self, path: bytes) -> IndexEntry | None:
        """Return the entry of `path`, relative to the checkout's top; for a conflict, its first stage.

        The path of a folder in a sparse index ends with a slash.
        """
        block = bisect.bisect_left(self._paths, path)
        # Stages of one path may be in two blocks.
        for each in (block - 1, block):
            cursor = self._block(each).get(path) if 0 <= each < len(self._paths) else None
            if cursor is not None:
                return self._entry(cursor)
        return None

    def blob_digest(self, content: bytes) -> bytes:
        """Return the digest that a file with this content has in this repository."""
        hasher = hashlib.new(self._algorithm, usedforsecurity=False)
        hasher.update(f"blob {len(content)}\0".encode())
        hasher.update(content)
        return hasher.digest()

    def _entry(self, cursor: _Cursor) -> IndexEntry:
        start = cursor.start + _STAT
        digest = self._content[start : start + self._digest_size]
        return IndexEntry(
            cursor.mode,
            digest,
            cursor.stage,
            is_intended=bool(cursor.flags & _INTENT_TO_ADD),
            is_skipped=bool(cursor.flags & _SKIP),
        )

    def _block(self, block: int) -> dict[bytes, _Cursor]:
        """Return the entries of a block by path; for a conflict, the first stage."""
        if block not in self._decoded:
            if len(self._decoded) == _MOST_DECODED:
                self._decoded.clear()
            entries: dict[bytes, _Cursor] = {}
            position, previous = self._starts[block]
            for _ in range(_STEP):
                if position >= self._end:
                    break
                cursor = self._cursor(position, previous)
                entries.setdefault(cursor.path, cursor)
                position, previous = cursor.end, cursor.path
            self._decoded[block] = entries
        return self._decoded[block]

    def _scan(self, count: int) -> int:
        """Scan all entries once; return where they end."""
        position, previous, last = _HEADER.size, b"", (b"", -1)
        for number in range(count):
            cursor = self._cursor(position, previous)
            here = (cursor.path, cursor.stage)
            if here <= last:
                raise IndexFormatError("has entries that are not in order")
            if number % _STEP == 0:
                self._paths.append(cursor.path)
                self._starts.append((position, previous))
            self.has_submodules |= cursor.mode & _KIND == _MODULE
            self.has_folders |= cursor.mode & _KIND == _FOLDER
            position, previous, last = cursor.end, cursor.path, here
        return position

    def _cursor(self, start: int, previous: bytes) -> _Cursor:
        """Read the entry that starts at `start`, after the one with the path `previous`."""
        content = self._content
        word, flags, position = self._flags(start)
        kept = b""
        if self._version >= _PREFIXED:
            dropped, position = _variable_width(content, position, self._limit)
            if dropped > len(previous):
                raise IndexFormatError("has a path with a negative length")
            kept = previous[: len(previous) - dropped]
        end = content.find(b"\0", position, min(self._limit, position + _LONGEST_PATH + 1))
        if end < 0:
            raise IndexFormatError("has a path that does not end")
        path = kept + content[position:end]
        if not path:
            raise IndexFormatError(_SPLIT)
        if len(path) > _LONGEST_PATH or word & _LENGTH != min(len(path), _LENGTH):
            raise IndexFormatError("has a path with the wrong length")
        after = end + 1
        if self._version < _PREFIXED:
            # Padded with 1 to 8 NUL bytes to a multiple of eight.
            after = start + (end - start + 8) // 8 * 8
            if after > self._limit or content[end:after].strip(b"\0"):
                raise IndexFormatError("has an entry that is not padded")
        (mode,) = _MODE.unpack_from(content, start)
        return _Cursor(start, after, path, mode, word >> 12 & 3, flags)

    def _flags(self, start: int) -> tuple[int, int, int]:
        """Return both words of flags (0 if there is no second), and where they end."""
        position = start + _STAT + self._digest_size
        if position + 4 > self._limit:
            raise IndexFormatError("ends within an entry")
        (word,) = _FLAGS.unpack_from(self._content, position)
        if not word & _EXTENDED:
            return word, 0, position + 2
        if self._version == _VERSIONS[0]:
            raise IndexFormatError("has an extended entry, which its version does not support")
        (flags,) = _FLAGS.unpack_from(self._content, position + 2)
        return word, flags, position + 4

    def _check_extensions(self) -> None:
        position, limit = self._end, self._limit
        while position < limit:
            if position + 8 > limit:
                raise IndexFormatError("ends within an extension")
            name, size = struct.unpack_from(">4sI", self._content, position)
            position += 8
            if size > limit - position:
                raise IndexFormatError("ends within an extension")
            self._check_extension(name, self._content[position : position + self._digest_size])
            position += size

    def _check_extension(self, name: bytes, start: bytes) -> None:
        """Reject an unsupported extension that changes the meaning of entries."""
        if b"A"[0] <= name[0] <= b"Z"[0] or name == b"sdir":
            return
        if name == b"link":
            # A digest of zeros means that the index has no shared part.
            if len(start) < self._digest_size or start.strip(b"\0"):
                raise IndexFormatError(_SPLIT)
            return
        raise IndexFormatError("has an unsupported extension")


def _opened(content: bytes) -> tuple[int, int, str]:
    """Return version, number of entries, and the hash algorithm, which is only visible in the checksum's length."""
    if len(content) < _HEADER.size + 20:
        raise IndexFormatError("is too short")
    if len(content) > LARGEST_INDEX:
        raise IndexFormatError(f"is larger than {LARGEST_INDEX >> 20} MiB")
    signature, version, count = _HEADER.unpack_from(content)
    if signature != b"DIRC":
        raise IndexFormatError("does not start like an index")
    if version not in _VERSIONS:
        raise IndexFormatError(f"has version {version}, which is not supported")
    if count * (_STAT + 20) > len(content):
        raise IndexFormatError("announces more entries than it has")
    return version, count, _algorithm(content)


def _algorithm(content: bytes) -> str:
    view = memoryview(content)
    for name in ("sha1", "sha256"):
        size = hashlib.new(name, usedforsecurity=False).digest_size
        if len(content) < _HEADER.size + size:
            continue
        if hashlib.new(name, view[:-size], usedforsecurity=False).digest() == content[-size:]:
            return name
    if not content[-20:].strip(b"\0"):
        # index.skipHash omits the checksum. Everything else is still checked, and a file counts as tracked only if its
        # content has the digest recorded here.
        return "sha256" if not content[-32:].strip(b"\0") and _fits_sha256(content) else "sha1"
    raise IndexFormatError("has the wrong checksum")


def _fits_sha256(content: bytes) -> bool:
    """Return whether the first entry's path is where it would be after a digest of 32 bytes."""
    flags = _HEADER.size + _STAT + 32
    if flags + 4 > len(content):
        return False
    (word,) = _FLAGS.unpack_from(content, flags)
    start = flags + (4 if word & _EXTENDED else 2)
    if struct.unpack_from(">I", content, 4)[0] >= _PREFIXED:
        start += 1
    end = content.find(b"\0", start)
    return end > start and min(end - start, _LENGTH) == word & _LENGTH


def _variable_width(content: bytes, position: int, limit: int) -> tuple[int, int]:
    """Read an integer encoded like pack offsets, and return where it ends. Source: gitformat-pack(5)."""
    value = -1
    for _ in range(3):
        if position >= limit:
            break
        byte = content[position]
        position += 1
        value = (value + 1) << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, position
    raise IndexFormatError("has a number that does not end")
