"""A folder with an OCI image layout, as `buildx` writes it, that can be copied from like a registry."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from crreg.registry.image.descriptor import (
    LARGEST_MANIFEST,
    OCI_INDEX,
    Descriptor,
    Manifest,
    is_digest,
    parse_manifest,
)
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.workspace.confined import RefusedError
from crreg.workspace.opening import file_below

_CHUNK = 256 * 1024
_NAME = "org.opencontainers.image.ref.name"
"""Annotation with a manifest's name in the layout's index."""


class LayoutSource:
    """Images in a folder. Symbolic links in it are not followed."""

    def __init__(self, path: Path) -> None:
        """`path` contains `oci-layout`, `index.json` and `blobs`."""
        self.name = str(path)
        self._path = path

    def fetch(self, target: str) -> Manifest:
        """Read the manifest with a digest or a name; if `target` is empty, the only manifest.

        Raises:
            TransferError: it does not exist, does not match its digest, or is of a kind that is not copied.
        """
        entry = self.resolve(target)
        if entry is None:
            raise TransferError(
                TransferCause.NOT_FOUND,
                f"{self.name} does not have {f'the image {target}' if target else 'exactly one image'}.",
            )
        raw = self._read(("blobs", *entry.digest.split(":")))
        return parse_manifest(raw, entry.media_type, entry.digest)

    def resolve(self, target: str) -> Descriptor | None:
        """Return the descriptor for a digest or a name; None if there is none.

        Raises:
            TransferError: the folder is not an image layout.
        """
        index = parse_manifest(self._read(("index.json",)), OCI_INDEX)
        if is_digest(target):
            listed = next((entry for entry in index.manifests if entry.digest == target), None)
            return listed or Descriptor("", target, 0)
        named = [entry for entry in index.manifests if not target or entry.annotations.get(_NAME) == target]
        return named[0] if len(named) == 1 else None

    @contextlib.contextmanager
    def open_blob(self, blob: Descriptor, offset: int = 0) -> Iterator[Iterator[bytes]]:
        """Open a blob and yield its bytes from `offset` on in chunks, unverified.

        Raises:
            TransferError: it is missing.
        """
        with self._open(("blobs", *blob.digest.split(":"))) as descriptor:
            os.lseek(descriptor, offset, os.SEEK_SET)
            yield iter(lambda: os.read(descriptor, _CHUNK), b"")

    def wait(self, attempt: int, retry_after: str | None) -> bool:
        """Return False: a folder does not change by waiting."""
        del attempt, retry_after
        return False

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """Return nothing: the attachments of a build are in its index."""
        del digest
        return ()

    def _read(self, parts: tuple[str, ...]) -> bytes:
        with self._open(parts) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            raw = file.read(LARGEST_MANIFEST + 1)
        if len(raw) > LARGEST_MANIFEST:
            raise TransferError(TransferCause.UNSUPPORTED, f"{'/'.join(parts)} in {self.name} is too large.")
        return raw

    @contextlib.contextmanager
    def _open(self, parts: tuple[str, ...]) -> Iterator[int]:
        """Open a regular file without following a symbolic link below the folder."""
        with contextlib.ExitStack() as stack:
            try:
                descriptor = stack.enter_context(file_below(self._path, parts))
            except RefusedError as error:
                raise TransferError(
                    TransferCause.NOT_FOUND, f"{'/'.join(parts)} in {self.name} {error.reason}."
                ) from None
            except OSError as error:
                raise TransferError(
                    TransferCause.NOT_FOUND,
                    f"{'/'.join(parts)} in {self.name} can't be read: {error.strerror}.",
                ) from None
            yield descriptor
