"""The verified bytes of a blob, resumed when the source breaks off."""

import contextlib
import hashlib
import json
from collections.abc import Callable, Generator
from typing import Any

from crreg.net.retry import RETRIES
from crreg.registry.copy.source import ContentSource
from crreg.registry.image.descriptor import LARGEST_MANIFEST, Descriptor, Manifest
from crreg.registry.image.transfer_error import PassingError, TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.transport.answer import Piece

_CHECKPOINT = 4 * 1024 * 1024
"""Bytes between saved states of the digest, from which reading can restart."""


class VerifiedBlob:
    """A blob that can be read again from where an upload broke. Not thread-safe."""

    def __init__(
        self, source: ContentSource, blob: Descriptor, wait: Callable[[int, str | None], bool]
    ) -> None:
        """`wait` gets an attempt's number and Retry-After, waits, and returns False if there is no time to retry."""
        self._source = source
        self._blob = blob
        self._wait = wait
        algorithm, _, self._digits = blob.digest.partition(":")
        self._states = [(0, hashlib.new(algorithm))]

    def chunks(self, offset: int = 0) -> Generator[Piece, None, None]:
        """Yield the bytes from `offset` on; the last piece comes only after the whole digest was verified.

        Raises:
            TransferError: digest or size do not match the descriptor, or the source fails permanently.
        """
        try:
            yield from self._checked(offset)
        except TransferError as error:
            error.at_source = True
            raise

    def _checked(self, offset: int) -> Generator[Piece, None, None]:
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
                f"{self._source.name} sends more than the {blob.size} bytes that the manifest gives for blob "
                f"{blob.digest}.",
            )
        if position == blob.size and digest.hexdigest() != self._digits:
            raise TransferError(
                TransferCause.MISMATCH,
                f"{self._source.name} sends the wrong content for blob {blob.digest}: its digest ends in "
                f"{digest.hexdigest()[-12:]}.",
            )

    def _pieces(self, position: int) -> Generator[Piece, None, None]:
        """Yield the source's bytes from `position` on, with retries."""
        size = self._blob.size
        if self._blob.data is not None:
            yield self._blob.data[position:]
            return
        attempt = 0
        while True:
            start = position
            try:
                with self._source.open_blob(self._blob, position) as pieces:
                    for piece in pieces:
                        position += len(piece)
                        yield piece
            except PassingError as error:
                # An attempt that made good progress does not count as failed: long blobs break more often.
                attempt = 0 if position - start >= _CHECKPOINT else attempt
                if attempt >= RETRIES or not self._wait(attempt, error.retry_after):
                    raise (self._short(position, error) if position else error) from None
                attempt += 1
                continue
            if position < size and attempt < RETRIES and self._wait(attempt, None):
                attempt += 1
                continue
            return

    def _short(self, position: int, error: TransferError | None = None) -> TransferError:
        blob = self._blob
        detail = f"{self._source.name} sent only {position} of the {blob.size} bytes of blob {blob.digest}."
        if error is None or error.cause is TransferCause.UNREACHABLE:
            return TransferError(TransferCause.MISMATCH, f"{detail} {error.detail if error else ''}".strip())
        return TransferError(error.cause, f"{detail} {error.detail}", error.says, codes=error.codes)


def read_config(source: ContentSource, manifest: Manifest) -> dict[str, Any]:
    """Read the configuration of an image.

    Raises:
        TransferError: it is missing, too large, not a JSON object, or does not match its digest.
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
            TransferCause.UNSUPPORTED, f"The image configuration {config.digest} is not a JSON object."
        )
    return tree


def read_small(source: ContentSource, blob: Descriptor) -> bytes:
    """Read and verify a blob of at most 4 MiB.

    Raises:
        TransferError: it is missing, larger, or does not match its digest.
    """
    if blob.size > LARGEST_MANIFEST:
        raise TransferError(
            TransferCause.UNSUPPORTED,
            f"The image configuration {blob.digest} is larger than {LARGEST_MANIFEST // 1024 // 1024} MiB.",
        )
    return b"".join(map(bytes, VerifiedBlob(source, blob, source.wait).chunks()))
