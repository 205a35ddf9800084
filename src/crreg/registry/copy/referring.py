"""Letting a registry without the referrers API list what is attached, under a tag (distribution specification 1.1)."""

from collections.abc import Iterable, Mapping
from typing import Any

from crreg.registry.image.descriptor import (
    OCI_INDEX,
    Manifest,
    digest_of,
    parse_manifest,
    tag_of,
    write_json,
)
from crreg.registry.image.remote import Remote


def list_referrers(target: Remote, manifests: Iterable[Manifest], minded: Mapping[str, bool]) -> None:
    """See to it that the target lists each of the manifests that has a subject.

    Args:
        target: where they are.
        manifests: all that were copied.
        minded: by digest, whether the registry said at the PUT that it keeps the list itself; those that were there
            already are missing, and are put once more where the list lacks them.

    Raises:
        TransferError: the list cannot be read or written.
    """
    by_subject: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        if manifest.subject is not None and not minded.get(manifest.digest):
            by_subject.setdefault(manifest.subject.digest, []).append(manifest)
    for subject, referring in by_subject.items():
        listed = {entry.digest for entry in target.referrers(subject)}
        unlisted = [
            manifest
            for manifest in referring
            if manifest.digest not in listed
            and (manifest.digest in minded or not target.put(manifest, manifest.digest))
        ]
        if unlisted:
            _add(target, tag_of(subject), unlisted)


def _add(target: Remote, tag: str, referring: Iterable[Manifest]) -> None:
    """Add to the index under the tag; of two clients that do so at once one may lose, as the specification says."""
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
