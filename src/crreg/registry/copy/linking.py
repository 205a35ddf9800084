"""Set labels in a copied image. This changes its digest, and that of every index above it, but always the same way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crreg.net.concurrency import in_parallel
from crreg.registry.copy.platforms import ATTESTED, is_attestation, rewritten
from crreg.registry.copy.source import WORKERS, ContentSource
from crreg.registry.copy.verified import read_config
from crreg.registry.image.descriptor import OCI_INDEX, OCI_MANIFEST, Manifest, digest_of, write_json
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

_MOST_BYTES = 16 * 1024 * 1024
"""Total bytes of all configurations, which are held in memory."""
_CONFIGS = frozenset(
    {"application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"}
)
# Docker's own manifests have no annotations, so only the configuration gets the label.
_ANNOTATED = frozenset({OCI_INDEX, OCI_MANIFEST})


@dataclass(frozen=True, slots=True)
class LabeledManifests:
    """The labeled manifests."""

    manifests: tuple[Manifest, ...]
    """In the order of the given manifests."""
    configs: Mapping[str, bytes]
    """The new configurations, by digest."""
    takes_labels: bool
    """Whether there is an image or an index, old or new, that has the labels."""


def link(source: ContentSource, manifests: Sequence[Manifest], labels: Mapping[str, str]) -> LabeledManifests:
    """Set labels in each image's configuration, and as annotations in each OCI manifest and index.

    If all are already set, the manifest and its digest stay the same. Attestations and other artifacts never change.

    Args:
        source: where the configurations are.
        manifests: the manifests, each after those that it lists.
        labels: names and values.

    Raises:
        TransferError: a configuration can't be read, or they are too large in total.
    """
    attestations = {entry.digest for one in manifests for entry in one.manifests if is_attestation(entry)}
    images = [
        one
        for one in manifests
        if one.config is not None and one.config.media_type in _CONFIGS and one.digest not in attestations
    ]
    if sum(image.config.size for image in images if image.config) > _MOST_BYTES:
        raise TransferError(
            TransferCause.UNSUPPORTED,
            f"The configurations to label are larger than {_MOST_BYTES // 1024 // 1024} MiB in total.",
        )
    read = in_parallel(lambda image: read_config(source, image), images, WORKERS)
    configs: dict[str, bytes] = {}
    changed: dict[str, Manifest] = {}
    for image, config in zip(images, read, strict=True):
        changed[image.digest] = _image(image, config, labels, configs)
    for one in manifests:
        if one.is_index:
            changed[one.digest] = _index(one, changed, labels)
    has_index = any(one.is_index and one.media_type in _ANNOTATED for one in manifests)
    return LabeledManifests(
        tuple(changed.get(one.digest, one) for one in manifests), configs, bool(images) or has_index
    )


def _image(
    image: Manifest, config: dict[str, Any], labels: Mapping[str, str], configs: dict[str, bytes]
) -> Manifest:
    tree = image.tree()
    changed = _annotate(image, tree, labels)
    section = config.get("config")
    section = section if isinstance(section, dict) else {}
    known = section.get("Labels")
    known = known if isinstance(known, dict) else {}
    if any(known.get(name) != value for name, value in labels.items()):
        relabeled = {**config, "config": {**section, "Labels": {**known, **labels}}}
        raw = write_json(relabeled)
        digest = digest_of(raw)
        configs[digest] = raw
        tree["config"] = {**tree["config"], "digest": digest, "size": len(raw)}
        # The inline content is the old configuration.
        tree["config"].pop("data", None)
        changed = True
    return rewritten(image, tree) if changed else image


def _index(index: Manifest, changed: Mapping[str, Manifest], labels: Mapping[str, str]) -> Manifest:
    tree = index.tree()
    different = _annotate(index, tree, labels)
    # Go writes an empty list as null.
    for entry in tree.get("manifests") or ():
        new = changed.get(entry["digest"])
        if new is not None and new.digest != entry["digest"]:
            entry.update(digest=new.digest, size=new.size)
            entry.pop("data", None)
            different = True
        annotations = entry.get("annotations")
        about = annotations.get(ATTESTED) if isinstance(annotations, dict) else None
        if isinstance(about, str) and about in changed and changed[about].digest != about:
            annotations[ATTESTED] = changed[about].digest
            different = True
    return rewritten(index, tree) if different else index


def _annotate(manifest: Manifest, tree: dict[str, Any], labels: Mapping[str, str]) -> bool:
    """Set the annotations; return whether that changed anything."""
    if manifest.media_type not in _ANNOTATED:
        return False
    if all(manifest.annotations.get(name) == value for name, value in labels.items()):
        return False
    known = tree.get("annotations")
    tree["annotations"] = {**(known if isinstance(known, dict) else {}), **labels}
    return True
