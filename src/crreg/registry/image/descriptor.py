"""Descriptors and manifests (OCI, Docker schema 2), parsed from JSON that may be hostile."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crreg.platform import Platform
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
INDEXES = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFESTS = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
ACCEPT = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_INDEX}, {DOCKER_MANIFEST}"
"""The media types that crreg requests, as docker does."""
LARGEST_MANIFEST = 4 * 1024 * 1024
"""Bytes; the distribution specification asks registries to accept at least this size."""

_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1"
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}")
_OF_MANIFESTS = frozenset({"manifests", "subject"})
_MOST_CHILDREN = 10_000
_LARGEST_BLOB = 1 << 50


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A reference to a manifest or a blob."""

    media_type: str
    digest: str
    size: int
    """Bytes."""
    platform: Platform | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    urls: tuple[str, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    """The verified content, if the descriptor has it inline."""
    artifact_type: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """An image's manifest or an index, as its registry stores it."""

    raw: bytes = field(repr=False)
    media_type: str
    digest: str
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    """What an index lists."""
    subject: Descriptor | None = None
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)
    artifact_type: str = ""

    @property
    def size(self) -> int:
        """Bytes of the manifest itself."""
        return len(self.raw)

    @property
    def is_index(self) -> bool:
        """Whether it lists manifests."""
        return self.media_type in INDEXES

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The config and the layers."""
        return (*((self.config,) if self.config else ()), *self.layers)

    def tree(self) -> dict[str, Any]:
        """The JSON parsed again, for a copy that is changed.

        Raises:
            TransferError: it is nested too deeply.
        """
        try:
            value: dict[str, Any] = json.loads(self.raw)
        except RecursionError:
            raise _unsupported(f"The manifest {self.digest} is nested too deeply to be changed.") from None
        return value


def write_json(tree: Mapping[str, Any]) -> bytes:
    """Serialize a changed manifest or configuration; the same content always gives the same bytes.

    Raises:
        TransferError: it is nested too deeply, or has a number that JSON can't express again.
    """
    try:
        text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        # Python reads 1e999 as infinity, and would write it as a word that is not JSON.
        raise _unsupported(
            "A manifest or configuration has a number that is too large to be copied."
        ) from None
    except RecursionError:
        # JSON that could be parsed at one stack depth can't always be written at another.
        raise _unsupported("A manifest or configuration is nested too deeply to be changed.") from None
    return text.encode("utf-8", "surrogatepass")


def is_digest(text: str) -> bool:
    """Return whether the text is a digest of a known algorithm, in lower-case hexadecimal digits."""
    return _DIGEST.fullmatch(text) is not None


def digest_of(raw: bytes, algorithm: str = "sha256") -> str:
    """Compute a digest; `algorithm` is sha256, sha384 or sha512."""
    return f"{algorithm}:{hashlib.new(algorithm, raw).hexdigest()}"


def tag_of(digest: str) -> str:
    """Return the tag that lists the referrers of a digest (distribution specification, referrers tag schema)."""
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm[:32]}-{digits[:64]}"


def is_schema_1(raw: bytes, content_type: str) -> bool:
    """Return whether a manifest is of Docker's schema 1, by its content or its Content-Type."""
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError):
        tree = None
    version = tree.get("schemaVersion") if isinstance(tree, dict) else None
    return version == 1 or content_type.startswith(_SCHEMA_1)


def parse_manifest(raw: bytes, content_type: str, digest: str = "") -> Manifest:
    """Parse a manifest. If `digest` is given, the bytes must have it.

    Raises:
        TransferError: the bytes have another digest (`mismatch`) or are of a kind that is not copied (`unsupported`).
    """
    actual = digest_of(raw, digest.partition(":")[0] or "sha256")
    if digest and actual != digest:
        raise TransferError(
            TransferCause.MISMATCH, f"The content received for the manifest {digest} has the digest {actual}."
        )
    try:
        tree = json.loads(raw)
    except (ValueError, RecursionError):
        raise _unsupported(f"The manifest {actual} is not JSON.") from None
    if not isinstance(tree, dict):
        raise _unsupported(f"The manifest {actual} is not a JSON object.")
    media_type = _media_type(tree, content_type.partition(";")[0].strip(), actual)
    try:
        return _read(raw, tree, media_type, actual)
    except _BrokenError as error:
        raise _unsupported(f"The manifest {actual} is malformed: {error}.") from None


def _unsupported(detail: str) -> TransferError:
    return TransferError(TransferCause.UNSUPPORTED, detail)


class _BrokenError(Exception):
    """A member is missing or has the wrong type; the message names it."""


def _media_type(tree: dict[str, Any], content_type: str, digest: str) -> str:
    own = tree.get("mediaType")
    if tree.get("schemaVersion") == 1 or content_type.startswith(_SCHEMA_1):
        raise _unsupported(
            f"The manifest {digest} uses Docker's schema 1, which registries no longer accept and whose digest does "
            f"not cover the layers' sizes. Push the image again with a current version of docker."
        )
    lists, holds = "manifests" in tree, "layers" in tree or "config" in tree
    if lists and holds:
        # One registry would read it as an index and another as an image (CVE-2021-41190).
        raise _unsupported(f"The manifest {digest} is both an index and an image.")
    for candidate in (own, content_type, OCI_INDEX if lists else OCI_MANIFEST if holds else None):
        if isinstance(candidate, str) and candidate in INDEXES | MANIFESTS:
            if (candidate in INDEXES) == lists or not (lists or holds):
                return candidate
            raise _unsupported(f"The manifest {digest} does not match its media type {candidate}.")
        if candidate is own and own is not None:
            break
    named = own if isinstance(own, str) and _MEDIA_TYPE.fullmatch(own) else "unknown"
    raise _unsupported(f"The manifest {digest} has the media type {named}, which crreg does not copy.")


def _read(raw: bytes, tree: dict[str, Any], media_type: str, digest: str) -> Manifest:
    index = media_type in INDEXES
    config = None if index else tree.get("config")
    subject = tree.get("subject")
    artifact_type = tree.get("artifactType")
    return Manifest(
        raw=raw,
        media_type=media_type,
        digest=digest,
        config=None if config is None else _descriptor(config, "config"),
        layers=() if index else _descriptors(tree, "layers"),
        manifests=_descriptors(tree, "manifests") if index else (),
        subject=None if subject is None else _descriptor(subject, "subject"),
        annotations=_texts(tree.get("annotations")),
        artifact_type=artifact_type if isinstance(artifact_type, str) else "",
    )


def _descriptors(tree: dict[str, Any], member: str) -> tuple[Descriptor, ...]:
    values = tree.get(member)
    if values is None:
        return ()
    if not isinstance(values, list):
        raise _BrokenError(f"{member} is not a list")
    if len(values) > _MOST_CHILDREN:
        raise _BrokenError(f"{member} has more than {_MOST_CHILDREN} entries")
    return tuple(_descriptor(value, member) for value in values)


def _descriptor(value: object, member: str) -> Descriptor:
    # The media type of a manifest is used in requests; that of a blob may be anything, as for docker.
    is_manifest = member in _OF_MANIFESTS
    if not isinstance(value, dict):
        raise _BrokenError(f"{member} contains something other than a descriptor")
    digest, size, media_type = value.get("digest"), value.get("size"), value.get("mediaType")
    if not isinstance(digest, str) or not is_digest(digest):
        raise _BrokenError(f"{member} has no digest of sha256, sha384 or sha512")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _LARGEST_BLOB:
        raise _BrokenError(f"{member} has no size in bytes")
    if not isinstance(media_type, str) or (is_manifest and not _MEDIA_TYPE.fullmatch(media_type)):
        raise _BrokenError(f"{member} has no media type")
    urls, artifact_type = value.get("urls"), value.get("artifactType")
    return Descriptor(
        media_type=media_type,
        digest=digest,
        size=size,
        platform=_platform(value.get("platform")),
        annotations=_texts(value.get("annotations")),
        urls=tuple(url for url in urls if isinstance(url, str)) if isinstance(urls, list) else (),
        data=_data(value.get("data"), digest, size),
        artifact_type=artifact_type if isinstance(artifact_type, str) else "",
    )


def _platform(value: object) -> Platform | None:
    if not isinstance(value, dict):
        return None
    os, architecture, variant = (value.get(name, "") for name in ("os", "architecture", "variant"))
    if not isinstance(os, str) or not isinstance(architecture, str) or not isinstance(variant, str):
        return None
    return Platform(os, architecture, variant)


def _texts(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _data(value: object, digest: str, size: int) -> bytes | None:
    """Return a descriptor's inline content; None if it does not match the digest, so that it gets fetched."""
    if not isinstance(value, str) or size > LARGEST_MANIFEST:
        return None
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    genuine = len(data) == size and digest_of(data, digest.partition(":")[0]) == digest
    return data if genuine else None
