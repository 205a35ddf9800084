"""What is to be copied, as a value: manifests in memory, blobs by their names."""

from dataclasses import dataclass

from crreg.registry.image.descriptor import Descriptor, Manifest


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
