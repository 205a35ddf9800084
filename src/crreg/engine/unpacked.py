"""A build's context as a folder that holds what its archive does, and nothing else."""

import io
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crreg.engine.context import Context
from crreg.engine.error import EngineError
from crreg.text import plain


@contextmanager
def unpacked(context: Context, scratch: Path) -> Iterator[Path]:
    """The folder, below `scratch`, for as long as it is needed.

    Raises:
        EngineError: a file can't be read, or there is no room for its copy.
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
            # The archive is our own: nothing in it lies behind a link, and modes are to stay as they are.
            archive.extraction_filter = lambda member, _: member
            archive.extractall(folder)  # noqa: S202 - for the same reason
    except OSError as error:
        raise EngineError(
            f"The build's context can't be copied: {plain(error.strerror or str(error))}.",
            "See that the disk has room for it, or name in .dockerignore what the build does not need.",
        ) from error


class _Pieces(io.RawIOBase):
    """An iterator of bytes, to be read as a file."""

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
