"""Choose the images of an index by platform: `linux/amd64`, `linux/arm/v7`."""

from collections.abc import Iterable, Sequence

from crreg.platform import Platform
from crreg.registry.image.descriptor import (
    Descriptor,
    Manifest,
    digest_of,
    parse_manifest,
    write_json,
)
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

ATTESTED = "vnd.docker.reference.digest"
"""Annotation by which an index ties buildx's attestations to the image that they are about."""


def matches(wanted: Platform, platform: Platform) -> bool:
    """Return whether an image for `platform` is wanted; without a variant, every variant is.

    An arm64 platform without a variant means v8.
    """
    same = (wanted.os, wanted.architecture) == (platform.os, platform.architecture)
    if not same or not wanted.variant:
        return same
    default = "v8" if platform.architecture == "arm64" else ""
    return wanted.variant == (platform.variant or default)


def filtered(root: Manifest, wanted: Sequence[Platform], name: str) -> Manifest:
    """Return the index with only the wanted images and their attestations.

    Raises:
        TransferError: a platform is missing; the detail lists those that exist.
    """
    images = [entry for entry in root.manifests if entry.platform and not is_attestation(entry)]
    check(wanted, (entry.platform for entry in images if entry.platform), f"{name} has no image")
    # By entry, since an index may list one image for several platforms.
    kept = {
        entry for entry in images if entry.platform and any(matches(one, entry.platform) for one in wanted)
    }
    attested = {entry.digest for entry in kept}
    keep = [
        entry in kept or (is_attestation(entry) and entry.annotations[ATTESTED] in attested)
        for entry in root.manifests
    ]
    if all(keep):
        return root
    tree = root.tree()
    tree["manifests"] = [entry for entry, stays in zip(tree["manifests"], keep, strict=True) if stays]
    return rewritten(root, tree)


def check(wanted: Sequence[Platform], there: Iterable[Platform], what: str) -> None:
    """Raise a TransferError if one of the wanted platforms is missing."""
    known = list(there)
    missing = [str(one) for one in wanted if not any(matches(one, platform) for platform in known)]
    if missing:
        shown = ", ".join(sorted({str(platform) for platform in known})[:40]) or "no image with a platform"
        raise TransferError(TransferCause.NOT_FOUND, f"{what} for {', '.join(missing)}. Available: {shown}.")


def is_attestation(entry: Descriptor) -> bool:
    """Return whether an index entry is a buildx attestation of another entry."""
    return ATTESTED in entry.annotations


def rewritten(manifest: Manifest, tree: dict[str, object]) -> Manifest:
    """Return a changed manifest with the same media type and digest algorithm; same content, same bytes."""
    raw = write_json(tree)
    return parse_manifest(raw, manifest.media_type, digest_of(raw, manifest.digest.partition(":")[0]))
