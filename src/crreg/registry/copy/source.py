"""What an image can be copied from."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from crreg.registry.image.descriptor import Descriptor, Manifest
from crreg.registry.image.transfer_error import TransferCause, TransferError


class Source(Protocol):
    """A repository of a registry, or a folder in the layout of an image."""

    @property
    def name(self) -> str:
        """What a person knows it by."""

    def fetch(self, target: str) -> Manifest:
        """The manifest that a tag or a digest names, verified; raises TransferError."""

    def open_blob(self, blob: Descriptor, offset: int = 0) -> AbstractContextManager[Iterator[bytes]]:
        """The bytes of a blob from `offset` on, unverified, in pieces.

        Raises:
            PassingError: it broke off; another attempt may fare better.
            TransferError: it is not given out.
        """

    def resolve(self, target: str) -> Descriptor | None:
        """What a tag or a digest names; None where it names nothing; raises TransferError."""

    def wait(self, attempt: int, retry_after: str | None) -> bool:
        """Wait before what failed is tried again; False if there is no time for that."""

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """The manifests whose subject is that one; raises TransferError."""


def fetch_child(source: Source, entry: Descriptor) -> Manifest:
    """The manifest that an index lists.

    Raises:
        TransferError: there is none, or it is not what the index says.
    """
    manifest = source.fetch(entry.digest)
    if manifest.size != entry.size:
        raise TransferError(
            TransferCause.MISMATCH,
            f"The manifest {entry.digest} has {manifest.size} bytes, where {entry.size} were announced.",
        )
    return manifest


@dataclass(frozen=True, slots=True)
class Content:
    """An image or an index with all it names."""

    root: Manifest
    """What tags will point at."""
    manifests: tuple[Manifest, ...]
    """All, the root with them, each after the manifests that it lists."""
    blobs: tuple[Descriptor, ...]
    """Each once, however many images share it; what its descriptor has as `data` is not fetched."""
    changed: bool = False
    """Whether the root is another than the source's: a platform was asked for, or a label set."""
    attached: tuple[tuple[str, str], ...] = ()
    """Tags besides the caller's own that name attached manifests (cosign's), each with its digest."""
    left_out: tuple[str, ...] = ()
    """What is not copied and why, in words for a person."""

    @property
    def digest(self) -> str:
        """Of the root."""
        return self.root.digest

    @property
    def media_type(self) -> str:
        """Of the root."""
        return self.root.media_type

    @property
    def size(self) -> int:
        """Bytes of all blobs, each once."""
        return sum(blob.size for blob in self.blobs)
