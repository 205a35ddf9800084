"""Manifests, indexes and image layouts of registries and builders."""

import tempfile
from pathlib import Path

from fuzz.target import ensure, target

from crreg.platform import parse_platform
from crreg.registry.copy.platforms import filtered, rewritten
from crreg.registry.copy.read import read
from crreg.registry.image.descriptor import (
    OCI_MANIFEST,
    Descriptor,
    Manifest,
    digest_of,
    is_digest,
    parse_manifest,
    tag_of,
)
from crreg.registry.image.feature import metadata_of
from crreg.registry.image.layout import LayoutSource
from crreg.registry.image.transfer_error import TransferError

_FOLDER = Path(tempfile.mkdtemp(prefix="crreg-fuzz-layout-"))
_LABELS = {"org.opencontainers.image.source": "https://github.com/o/r"}
_WANTED = (parse_platform("linux/amd64"),)


@target("feature-archive", longest=8192)
def feature_archive(archive: bytes) -> None:
    """An archive gives the text of a file in it, or a reason."""
    layer = Descriptor("", digest_of(archive), len(archive))
    found = metadata_of(Manifest(b"", OCI_MANIFEST, "", layers=(layer,)), lambda _: archive)
    ensure(not (found.text and found.unread), "a text that could not be read")
    ensure(not found.unread or found.unread.startswith("its manifest does not say so"), "another reason")


@target("manifest", raises=(TransferError,), longest=4096, weight=2)
def manifest(raw: bytes, content_type: str) -> None:
    """A manifest has blobs with valid digests and sizes, and can be parsed again after filtering."""
    found = parse_manifest(raw, content_type)
    ensure(found.digest == digest_of(raw), "the digest is not that of the bytes")
    for entry in (*found.blobs, *found.manifests, *([found.subject] if found.subject else [])):
        ensure(
            is_digest(entry.digest) and entry.size >= 0 and "/" not in tag_of(entry.digest),
            "a bad descriptor",
        )
    again = rewritten(found, found.tree())
    ensure(
        [entry.digest for entry in again.manifests] == [entry.digest for entry in found.manifests],
        "other images",
    )
    if found.is_index:
        ensure(len(filtered(found, _WANTED, "x").manifests) <= len(found.manifests), "an image was added")


@target("layout", raises=(TransferError,), longest=4096)
def layout(index: bytes, image: bytes, config: bytes) -> None:
    """A builder's layout is read, linked and prepared for copying, or refused.

    `"$":1` is replaced in the index by the image's digest and size, and in the image by the configuration's.
    """
    blobs = _FOLDER / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    image = image.replace(b'"$":1', _place(config))
    (_FOLDER / "index.json").write_bytes(index.replace(b'"$":1', _place(image)))
    files = [blobs / digest_of(blob).partition(":")[2] for blob in (image, config)]
    for file, blob in zip(files, (image, config), strict=True):
        file.write_bytes(blob)
    try:
        for labels in ({}, _LABELS):
            content = read(LayoutSource(_FOLDER), "", link=labels, referrers=True)
            ensure(content.manifests[-1].digest or content.digest, "the root has no digest")
            ensure(labels or not content.changed, "what was not to be changed was")
    finally:
        for file in files:
            file.unlink(missing_ok=True)


def _place(blob: bytes) -> bytes:
    return b'"digest":"%s","size":%d' % (digest_of(blob).encode(), len(blob))
