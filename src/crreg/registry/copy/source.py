"""The sources that an image can be copied from."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from crreg.net.concurrency import in_parallel
from crreg.registry.image.descriptor import Descriptor, Manifest
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause
from crreg.registry.transport.answer import Piece

WORKERS = 8
"""Blobs or manifests that are transferred at the same time."""
_MOST_MANIFESTS = 2_000
_MOST_BYTES = 16 * 1024 * 1024
"""Total bytes of all manifests, which are held in memory."""
_DEEPEST = 4
"""Levels of nested indexes."""


class ContentSource(Protocol):
    """A repository in a registry, or a folder with an image layout."""

    @property
    def name(self) -> str:
        """The source's name for a message."""

    def fetch(self, target: str) -> Manifest:
        """Fetch and verify the manifest of a tag or a digest; raises TransferError."""

    def open_blob(self, blob: Descriptor, offset: int = 0) -> AbstractContextManager[Iterator[Piece]]:
        """Open a blob and yield its bytes from `offset` on in chunks, unverified.

        Raises:
            PassingError: the transfer broke; another attempt may succeed.
            TransferError: the source does not serve the blob.
        """

    def resolve(self, target: str) -> Descriptor | None:
        """Return the descriptor of a tag or a digest; None if it does not exist. Raises TransferError."""

    def wait(self, attempt: int, retry_after: str | None) -> bool:
        """Wait before a retry; return False if there is no time for it."""

    def referrers(self, digest: str) -> tuple[Descriptor, ...]:
        """List the manifests whose subject is `digest`; raises TransferError."""


def fetch_child(source: ContentSource, entry: Descriptor) -> Manifest:
    """Fetch a manifest that an index lists.

    Raises:
        TransferError: it does not exist, or does not match the index.
    """
    manifest = source.fetch(entry.digest)
    if manifest.size != entry.size:
        raise TransferError(
            TransferCause.MISMATCH,
            f"The manifest {entry.digest} has {manifest.size} bytes, but the index says {entry.size}.",
        )
    return manifest


def descend(source: ContentSource, root: Manifest) -> tuple[Manifest, ...]:
    """Return the root and all manifests under it, each once and after those that it lists.

    Raises:
        TransferError: a manifest is missing, does not match its index, or there are too many.
    """
    levels = [[root]]
    seen = {root.digest: root}
    while True:
        wanted: dict[str, Descriptor] = {}
        for index in levels[-1]:
            wanted |= {entry.digest: entry for entry in index.manifests if entry.digest not in seen}
        if not wanted:
            break
        if len(levels) >= _DEEPEST or len(seen) + len(wanted) > _MOST_MANIFESTS:
            raise TransferError(
                TransferCause.UNSUPPORTED,
                f"The index {root.digest} has more than {_DEEPEST} levels or {_MOST_MANIFESTS} manifests.",
            )
        if (
            sum(entry.size for entry in wanted.values()) + sum(one.size for one in seen.values())
            > _MOST_BYTES
        ):
            raise TransferError(
                TransferCause.UNSUPPORTED,
                f"The manifests of the index {root.digest} are larger than {_MOST_BYTES // 1024 // 1024} MiB in total.",
            )
        level = in_parallel(lambda entry: fetch_child(source, entry), list(wanted.values()), WORKERS)
        seen |= {manifest.digest: manifest for manifest in level}
        levels.append(level)
    return _children_first(root, seen)


def _children_first(root: Manifest, known: Mapping[str, Manifest]) -> tuple[Manifest, ...]:
    # A digest covers the manifest's entries, so no manifest can be its own descendant.
    ordered: dict[str, Manifest] = {}

    def add(manifest: Manifest) -> None:
        for entry in manifest.manifests:
            if entry.digest not in ordered:
                add(known[entry.digest])
        ordered[manifest.digest] = manifest

    add(root)
    return tuple(ordered.values())


@dataclass(frozen=True, slots=True)
class Content:
    """An image or an index with everything that it refers to."""

    root: Manifest
    """The manifest that tags will point to."""
    manifests: tuple[Manifest, ...]
    """All manifests, including the root, each after those that it lists."""
    blobs: tuple[Descriptor, ...]
    """All blobs, each once even if several images share it. A blob whose descriptor has `data` is not fetched."""
    changed: bool = False
    """Whether the root differs from the source's, because a platform was requested or a label was set."""
    attached: tuple[tuple[str, str], ...] = ()
    """Cosign's tags of attached manifests, each with its digest; the caller's own tags are not included."""
    left_out: tuple[str, ...] = ()
    """What is not copied and why, for a message."""
    takes_labels: bool = True
    """Whether labels that were asked for are there; they are not if it is an artifact and not an image."""

    @property
    def digest(self) -> str:
        """The digest of the root."""
        return self.root.digest

    @property
    def media_type(self) -> str:
        """The media type of the root."""
        return self.root.media_type

    @property
    def size(self) -> int:
        """Total bytes of all blobs, each counted once."""
        return sum(blob.size for blob in self.blobs)
