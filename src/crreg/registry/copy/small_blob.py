"""Blobs that are read whole, since something in them counts: an image's configuration."""

import json
from typing import Any

from crreg.registry.copy.source import Source
from crreg.registry.copy.verified import VerifiedBlob
from crreg.registry.image.descriptor import LARGEST_MANIFEST, Descriptor, Manifest
from crreg.registry.image.transfer_error import TransferCause, TransferError


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
