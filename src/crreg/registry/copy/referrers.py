"""Attachments of an image (signatures, SBOMs, attestations), found by referrers and by cosign's tags."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crreg.net.concurrency import in_parallel
from crreg.registry.copy.source import WORKERS, ContentSource, descend, fetch_child
from crreg.registry.image.descriptor import (
    OCI_INDEX,
    Descriptor,
    Manifest,
    digest_of,
    parse_manifest,
    tag_of,
    write_json,
)
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

_COSIGN = (".sig", ".att", ".sbom")
_DEEPEST = 10
"""Levels: an attachment may be signed, and so may that signature."""
_MOST = 1_000
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """Manifests that are attached to others."""

    manifests: tuple[Manifest, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    """The tags by which cosign finds them, each with its digest."""


def find_attached(source: ContentSource, subjects: Sequence[Manifest]) -> Attached:
    """Find everything attached to the manifests, and to those attachments in turn.

    Raises:
        TransferError: a part can't be read, or there is too much.
    """
    known = {subject.digest for subject in subjects}
    found: dict[str, Manifest] = {}
    tags: dict[str, str] = {}
    level: Sequence[Manifest] = subjects
    for _ in range(_DEEPEST):
        named: dict[str, Descriptor] = {}

        def look(subject: Manifest, named: dict[str, Descriptor] = named) -> None:
            # Check the limit after each list, because every manifest may have a long one.
            named.update(_names(source, subject))
            _bound((), list(named.values()))

        in_parallel(look, level, WORKERS)
        tags |= {name: entry.digest for name, entry in named.items() if name != entry.digest}
        new = {
            entry.digest: entry
            for _, entry in sorted(named.items())
            if entry.digest not in known | found.keys()
        }
        _bound(found.values(), new.values())
        roots = in_parallel(lambda entry: fetch_child(source, entry), list(new.values()), WORKERS)
        # An attachment may be an index.
        under = {one.digest: one for root in roots for one in descend(source, root)}
        level = [one for one in under.values() if one.digest not in known | found.keys()]
        found |= {one.digest: one for one in level}
        _bound(found.values(), ())
        if not level:
            return Attached(tuple(found.values()), tuple(sorted(tags.items())))
    raise TransferError(
        TransferCause.UNSUPPORTED,
        f"The image's attachments have attachments themselves, on more than {_DEEPEST} levels.",
    )


def _bound(found: Collection[Manifest], new: Collection[Descriptor]) -> None:
    size = sum(manifest.size for manifest in found) + sum(entry.size for entry in new)
    if len(found) + len(new) > _MOST or size > _MOST_BYTES:
        raise TransferError(
            TransferCause.UNSUPPORTED,
            f"The image has more than {_MOST} attached manifests, or more than {_MOST_BYTES // 1024 // 1024} MiB of "
            f"them.",
        )


def _names(source: ContentSource, subject: Manifest) -> dict[str, Descriptor]:
    """Return the attachments of a manifest, by tag, or by digest if they have no tag."""
    names = {entry.digest: entry for entry in source.referrers(subject.digest)}
    for ending in _COSIGN:
        tag = tag_of(subject.digest) + ending
        tagged = source.resolve(tag)
        if tagged is not None:
            names[tag] = tagged
    return names


def would_lose(target: Remote, tag: str, manifest: Manifest) -> bool:
    """Return whether setting one of cosign's tags to the manifest loses what is attached at the target only.

    The tag holds all signatures of an image. The target's image has the same digest, and may be signed there too.

    Raises:
        TransferError: the registry does not say.
    """
    now = target.resolve(tag)
    if now is None or now.digest == manifest.digest:
        return False
    try:
        own = target.fetch(tag)
    except TransferError as error:
        if error.cause is TransferCause.UNSUPPORTED:
            return True
        raise
    return own.is_index or not set(own.layers) <= set(manifest.layers)


def list_referrers(target: Remote, manifests: Iterable[Manifest], kept_lists: Mapping[str, bool]) -> None:
    """Make sure that the target lists each manifest that has a subject.

    Args:
        target: the repository with the manifests.
        manifests: all copied manifests.
        kept_lists: for each digest, whether the registry said at the PUT that it maintains the list itself. Manifests
            that already existed are missing here; they are pushed again if the list lacks them.

    Raises:
        TransferError: the list can't be read or written.
    """
    by_subject: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        if manifest.subject is not None and not kept_lists.get(manifest.digest):
            by_subject.setdefault(manifest.subject.digest, []).append(manifest)
    for subject, referring in by_subject.items():
        listed = {entry.digest for entry in target.referrers(subject)}
        unlisted = [
            manifest
            for manifest in referring
            if manifest.digest not in listed
            and (manifest.digest in kept_lists or not target.put(manifest, manifest.digest))
        ]
        if unlisted:
            _add(target, tag_of(subject), unlisted)


def _add(target: Remote, tag: str, referring: Iterable[Manifest]) -> None:
    """Add to the index under the tag; if two clients do so at once, one may lose, as the specification says."""
    tree: dict[str, Any] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    if target.resolve(tag) is not None:
        tree = target.fetch(tag).tree()
    tree["manifests"] = [*(tree.get("manifests") or ()), *(_entry(manifest) for manifest in referring)]
    raw = write_json(tree)
    target.put(parse_manifest(raw, OCI_INDEX, digest_of(raw)), tag)


def _entry(manifest: Manifest) -> dict[str, Any]:
    kind = manifest.artifact_type or (manifest.config.media_type if manifest.config else "")
    entry: dict[str, Any] = {
        "mediaType": manifest.media_type,
        "digest": manifest.digest,
        "size": manifest.size,
    }
    if kind:
        entry["artifactType"] = kind
    if manifest.annotations:
        entry["annotations"] = dict(manifest.annotations)
    return entry
