"""The bytes of a blob as its digest has them: taken up again where its source breaks off, checked on the way."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator
from typing import Any

from crreg.registry.copy.source import Source
from crreg.registry.image.descriptor import LARGEST_MANIFEST, Descriptor, Manifest
from crreg.registry.image.transfer_error import PassingError, TransferCause, TransferError
from crreg.registry.transport.retry import RETRIES

_CHECKPOINT = 4 * 1024 * 1024
"""Bytes between the states of the digest that are kept, from which a reading can begin again."""


class VerifiedBlob:
    """A blob that can be read several times, from where an upload broke; one thread's."""

    def __init__(self, source: Source, blob: Descriptor, wait: Callable[[int, str | None], bool]) -> None:
        """`wait` passes the time before another attempt, of which it is told the number, or says there is none."""
        self._source = source
        self._blob = blob
        self._wait = wait
        algorithm, _, self._digits = blob.digest.partition(":")
        self._states = [(0, hashlib.new(algorithm))]

    def chunks(self, offset: int = 0) -> Generator[bytes, None, None]:
        """The bytes from `offset` on; the last of them come only once the digest of all has proved right.

        Raises:
            TransferError: digest or size are not those of the descriptor, or the source fails for good.
        """
        try:
            yield from self._checked(offset)
        except TransferError as error:
            error.at_source = True
            raise

    def _checked(self, offset: int) -> Generator[bytes, None, None]:
        blob = self._blob
        while self._states[-1][0] > offset:
            self._states.pop()
        position, state = self._states[-1]
        digest = state.copy()
        with contextlib.closing(self._pieces(position)) as pieces:
            for piece in pieces:
                digest.update(piece)
                surplus = offset - position
                position += len(piece)
                self._check(position, digest)
                if position - self._states[-1][0] >= _CHECKPOINT:
                    self._states.append((position, digest.copy()))
                if surplus < len(piece):
                    yield piece if surplus <= 0 else piece[surplus:]
        if not blob.size:
            self._check(0, digest)
        if position < blob.size:
            raise self._short(position)

    def _check(self, position: int, digest: "hashlib._Hash") -> None:
        blob = self._blob
        if position > blob.size:
            raise TransferError(
                TransferCause.MISMATCH,
                f"{self._source.name} has more of blob {blob.digest} than the {blob.size} bytes of its manifest.",
            )
        if position == blob.size and digest.hexdigest() != self._digits:
            raise TransferError(
                TransferCause.MISMATCH,
                f"{self._source.name} gives out other content for blob {blob.digest}: its digest ends in "
                f"{digest.hexdigest()[-12:]}.",
            )

    def _pieces(self, position: int) -> Generator[bytes, None, None]:
        """What the source has from `position` on, however often that breaks off."""
        size = self._blob.size
        if self._blob.data is not None:
            yield self._blob.data[position:]
            return
        attempt = 0
        while True:
            begun = position
            try:
                with self._source.open_blob(self._blob, position) as pieces:
                    for piece in pieces:
                        position += len(piece)
                        yield piece
            except PassingError as error:
                # One that got on well is no attempt that failed: long blobs break more often.
                attempt = 0 if position - begun >= _CHECKPOINT else attempt
                if attempt >= RETRIES or not self._wait(attempt, error.retry_after):
                    raise (self._short(position, error.detail) if position else error) from None
                attempt += 1
                continue
            if position < size and attempt < RETRIES and self._wait(attempt, None):
                attempt += 1
                continue
            return

    def _short(self, position: int, why: str = "") -> TransferError:
        blob = self._blob
        detail = f"{self._source.name} gave out {position} of the {blob.size} bytes of blob {blob.digest}, no more."
        return TransferError(TransferCause.MISMATCH, f"{detail} {why}".strip())


def read_config(source: Source, manifest: Manifest) -> dict[str, Any]:
    """The configuration of an image.

    Raises:
        TransferError: it is missing, too large, no JSON object, or not what its digest says.
    """
    config = manifest.config
    if config is None:
        return {}
    raw = read_small(source, config)
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError):
        tree = None
    if not isinstance(tree, dict):
        raise TransferError(
            TransferCause.UNSUPPORTED, f"The configuration {config.digest} of an image is no JSON object."
        )
    return tree


def read_small(source: Source, blob: Descriptor) -> bytes:
    """A blob of no more than 4 MiB, verified.

    Raises:
        TransferError: it is missing, larger, or not what its digest says.
    """
    if blob.size > LARGEST_MANIFEST:
        raise TransferError(
            TransferCause.UNSUPPORTED,
            f"The configuration {blob.digest} of an image is larger than {LARGEST_MANIFEST // 1024 // 1024} MiB.",
        )
    return b"".join(VerifiedBlob(source, blob, source.wait).chunks())
