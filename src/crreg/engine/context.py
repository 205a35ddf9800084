"""The context of a build as a tar stream, without ignored files and without anything outside of the workspace."""

import hashlib
import io
import os
import posixpath
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from crreg.engine.error import EngineError
from crreg.engine.ignore_file import IgnoreFile
from crreg.printable import plain, quoted
from crreg.workspace.confined import RefusedError, is_git, resolve
from crreg.workspace.opening import Folder, read_below, walk_below

_CHUNK = 256 * 1024
_LARGEST_TEXT = 1 << 20
_REMEDY = "Correct the entry in publish: context and dockerfile must be paths inside the repository."


@dataclass(frozen=True)
class Context:
    """A folder inside the workspace, and what to leave out of it."""

    root: Path
    """The workspace, without links."""
    parts: tuple[str, ...]
    """The folder's path in the workspace, without links."""
    dockerfile: str
    """The Dockerfile's name in the archive."""
    text: str
    """The Dockerfile's text."""
    outside: bool
    """Whether the Dockerfile is outside of the folder, so that it is added to the archive."""
    ignore: str
    """The text of `.dockerignore`; empty if there is none."""

    def archive(self) -> Iterator[bytes]:
        """Yield the tar archive piece by piece; symbolic links are stored as links and never followed.

        `.git` is left out, as BuildKit does with its own clones, since it can contain the checkout's token.

        Raises:
            EngineError: a file can't be read.
        """
        if self.outside:
            content = self.text.encode()
            info = tarfile.TarInfo(self.dockerfile)
            info.size = len(content)
            yield _header(info)
            yield content + _padding(len(content))
        try:
            yield from _packed(self)
        except OSError as error:
            raise EngineError(
                f"The build's context can't be read: {error.strerror} ({quoted(str(error.filename or ''))}).",
                "Make the files readable for the user that runs crreg, or list them in .dockerignore.",
            ) from error
        yield bytes(2 * tarfile.BLOCKSIZE)


def open_context(workspace: Path, context: str, dockerfile: str | None) -> Context:
    """Find the context and its Dockerfile.

    Raises:
        EngineError: one of them is missing, has the wrong type or is outside of the workspace, or `.dockerignore` is
            invalid.
    """
    root = Path(os.path.realpath(workspace))
    folder = _inside(root, context, "The context")
    if not folder.is_dir():
        raise EngineError(f"The context {quoted(context)} is not a folder.", _REMEDY)
    name = posixpath.join(context, "Dockerfile") if dockerfile is None else dockerfile
    path = _inside(root, name, "The Dockerfile")
    text = _read(root, path, f"The Dockerfile {quoted(name)}")
    ignore = _first_ignore_file(root, name, context)
    # Report an invalid pattern before anything is sent.
    IgnoreFile(ignore)
    inside = path.is_relative_to(folder)
    # Named after its content, so that a repeated build can use the cache.
    outside_name = f".dockerfile.{hashlib.sha256(text.encode()).hexdigest()[:20]}"
    return Context(
        root=root,
        parts=folder.relative_to(root).parts,
        dockerfile=path.relative_to(folder).as_posix() if inside else outside_name,
        text=text,
        outside=not inside,
        ignore=ignore,
    )


def _first_ignore_file(root: Path, dockerfile: str, context: str) -> str:
    for name in (f"{dockerfile}.dockerignore", posixpath.join(context, ".dockerignore")):
        if os.path.lexists(root / name):
            return _read(root, _inside(root, name, "The file"), f"The file {quoted(name)}")
    return ""


def _inside(root: Path, name: str, what: str) -> Path:
    try:
        return Path(root, resolve(str(root), name))
    except RefusedError as error:
        raise EngineError(f"{what} {quoted(name)} {error.reason}.", _REMEDY) from error
    except OSError as error:
        raise EngineError(f"{what} {quoted(name)} does not exist.", _REMEDY) from error


def _read(root: Path, path: Path, what: str) -> str:
    try:
        content = read_below(root, path.relative_to(root).parts, _LARGEST_TEXT)
    except RefusedError as error:
        raise EngineError(f"{what} {error.reason}.", _REMEDY) from error
    except OSError as error:
        raise EngineError(f"{what} can't be read: {error.strerror}.", _REMEDY) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EngineError(f"{what} is not UTF-8.", _REMEDY) from error


def _packed(context: Context) -> Iterator[bytes]:
    ignore = IgnoreFile(context.ignore)
    known = {"": ignore.root}
    for folder in walk_below(context.root, context.parts):
        here = known.pop(folder.path)
        for name in folder.names:
            path = posixpath.join(folder.path, name)
            if is_git(name):
                continue
            found = ignore.path(here, name)
            kept = not found.ignored or path in (context.dockerfile, ".dockerignore")
            status = folder.status(name)
            if stat.S_ISDIR(status.st_mode) and (kept or ignore.has_exceptions or _leads_to(context, path)):
                folder.inner.append(name)
                known[path] = found
            if kept:
                yield from _entry(path, name, folder, status)


def _leads_to(context: Context, path: str) -> bool:
    return context.dockerfile.startswith(f"{path}/")


def _entry(path: str, name: str, folder: Folder, status: os.stat_result) -> Iterator[bytes]:
    info = tarfile.TarInfo(path)
    info.mode = stat.S_IMODE(status.st_mode)
    info.mtime = int(status.st_mtime)
    if stat.S_ISDIR(status.st_mode):
        info.type = tarfile.DIRTYPE
        yield _header(info)
    elif stat.S_ISLNK(status.st_mode):
        info.type = tarfile.SYMTYPE
        info.linkname = folder.target(name)
        yield _header(info)
    elif stat.S_ISREG(status.st_mode):
        yield from _file(info, folder.open(name))


def _file(info: tarfile.TarInfo, file: int) -> Iterator[bytes]:
    with closing(open(file, "rb", buffering=0)) as stream:
        info.size = os.fstat(file).st_size
        yield _header(info)
        left = info.size
        while left and (chunk := stream.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk
    if left:
        raise EngineError(
            f"{quoted(info.name)} became shorter while it was read.",
            "Make sure that nothing writes to the build's context while crreg runs.",
        )
    yield _padding(info.size)


def _header(info: tarfile.TarInfo) -> bytes:
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


@contextmanager
def unpacked(context: Context, scratch: Path) -> Iterator[Path]:
    """Copy the context to a folder below `scratch`, and remove it at the end.

    Raises:
        EngineError: a file can't be read, or the disk is full.
    """
    folder = Path(tempfile.mkdtemp(prefix="context-", dir=scratch))
    try:
        _unpack(context, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(context: Context, folder: Path) -> None:
    try:
        with tarfile.open(fileobj=io.BufferedReader(_Pieces(context.archive())), mode="r|") as archive:
            # The archive is our own: no member is behind a link, and modes must not change.
            archive.extraction_filter = lambda member, _: member
            archive.extractall(folder)  # noqa: S202 - for the same reason
    except OSError as error:
        raise EngineError(
            f"The build's context can't be copied: {plain(error.strerror or str(error))}.",
            "Free some disk space, or list in .dockerignore what the build does not need.",
        ) from error


class _Pieces(io.RawIOBase):
    """A readable file over an iterator of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # what BufferedReader hands over
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
