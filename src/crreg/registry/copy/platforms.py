"""Which images of an index are wanted: `linux/amd64`, `linux/arm/v7`."""

from collections.abc import Iterable, Sequence

from crreg.platform import Platform
from crreg.registry.image.descriptor import (
    Descriptor,
    Manifest,
    digest_of,
    parse_manifest,
    write_json,
)
from crreg.registry.image.transfer_error import TransferCause, TransferError

ATTESTED = "vnd.docker.reference.digest"
"""Annotation by which an index ties buildx's attestations to the image that they are about."""


def matches(wanted: Platform, platform: Platform) -> bool:
    """Whether an image for `platform` is one of those wanted; without a variant, every variant is.

    The first variant of arm64 is v8, whether it is named or not.
    """
    same = (wanted.os, wanted.architecture) == (platform.os, platform.architecture)
    if not same or not wanted.variant:
        return same
    default = "v8" if platform.architecture == "arm64" else ""
    return wanted.variant == (platform.variant or default)


def filtered(root: Manifest, wanted: Sequence[Platform], name: str) -> Manifest:
    """The index with the wanted images alone, and the attestations that are about them.

    Raises:
        TransferError: a platform is not there; the detail lists those that are.
    """
    platforms = {
        entry.digest: entry.platform
        for entry in root.manifests
        if entry.platform and not is_attestation(entry)
    }
    check(wanted, platforms.values(), f"{name} has no image")
    kept = {digest for digest, platform in platforms.items() if any(matches(one, platform) for one in wanted)}
    keep = [
        entry.digest in kept or (is_attestation(entry) and entry.annotations[ATTESTED] in kept)
        for entry in root.manifests
    ]
    if all(keep):
        return root
    tree = root.tree()
    tree["manifests"] = [entry for entry, stays in zip(tree["manifests"], keep, strict=True) if stays]
    return rewritten(root, tree)


def check(wanted: Sequence[Platform], there: Iterable[Platform], what: str) -> None:
    """Raise a TransferError if one of the wanted platforms is not there."""
    known = list(there)
    missing = [str(one) for one in wanted if not any(matches(one, platform) for platform in known)]
    if missing:
        shown = (
            ", ".join(sorted({str(platform) for platform in known})[:40]) or "none that names its platform"
        )
        raise TransferError(TransferCause.NOT_FOUND, f"{what} for {', '.join(missing)}. There is: {shown}.")


def is_attestation(entry: Descriptor) -> bool:
    """Whether an index's entry is buildx's attestation of another one."""
    return ATTESTED in entry.annotations


def rewritten(manifest: Manifest, tree: dict[str, object]) -> Manifest:
    """The manifest with other content, of the same media type and algorithm; the same content gives the same bytes."""
    raw = write_json(tree)
    return parse_manifest(raw, manifest.media_type, digest_of(raw, manifest.digest.partition(":")[0]))
