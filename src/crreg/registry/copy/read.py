"""Reading what is to be copied: the root, all manifests under it, and the names of their blobs; nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crreg.concurrency import in_parallel
from crreg.platform import InvalidPlatform, Platform, parse_platform
from crreg.registry.copy.linking import link as set_labels
from crreg.registry.copy.platforms import check, filtered
from crreg.registry.copy.referrers import Attached, find_attached
from crreg.registry.copy.source import Content, Source, fetch_child
from crreg.registry.copy.verified import read_config
from crreg.registry.image.descriptor import Descriptor, Manifest, digest_of
from crreg.registry.image.transfer_error import TransferCause, TransferError

WORKERS = 8
_MOST_MANIFESTS = 2_000
_MOST_BYTES = 16 * 1024 * 1024
"""Of all manifests together, which are held in memory."""
_DEEPEST = 4
"""Indexes within indexes."""
_FOREIGN = ("foreign", "nondistributable")
_EMPTY_CONTENT = b"{}"
_EMPTY_DIGEST = digest_of(_EMPTY_CONTENT)


@dataclass(frozen=True, slots=True)
class Root:
    """What a name stands for at its source."""

    own: Manifest
    """As it is there."""
    wanted: Manifest
    """With the wanted platforms alone; the same where all are."""


def read_root(source: Source, target: str, platforms: Sequence[str] = ()) -> Root:
    """The manifest or index that `target`, a tag or a digest, names.

    Raises:
        TransferError: there is none, or not for these platforms.
    """
    wanted = _platforms(platforms)
    root = source.fetch(target)
    if not root.manifests and not root.blobs:
        raise TransferError(
            TransferCause.UNSUPPORTED, f"{source.name}, {target}, is no image: its manifest lists nothing."
        )
    if not wanted:
        return Root(root, root)
    name = f"{source.name}, {target},"
    if root.is_index:
        return Root(root, filtered(root, wanted, name))
    check(wanted, _platform_of(source, root), f"{name} is one image, not")
    return Root(root, root)


def read(
    source: Source,
    target: str,
    *,
    platforms: Sequence[str] = (),
    referrers: bool = False,
    link: Mapping[str, str] | None = None,
    root: Root | None = None,
) -> Content:
    """All that is to be copied so that `target`, a tag or a digest, can be had elsewhere.

    Args:
        source: where it is.
        target: a tag or a digest there.
        platforms: `linux/amd64`, `linux/arm/v7`; of an index, images for these alone. Empty: all.
        referrers: whether what is attached (signatures, SBOMs, attestations) goes along.
        link: labels to set in each image's configuration, and as annotations in manifests that may have them.
        root: what `read_root` gave for the same, so that it is not asked for again.

    Raises:
        TransferError: a part is missing, is not what its digest says, or is of a kind that is not copied.
    """
    root = root or read_root(source, target, platforms)
    manifests = _descend(source, root.wanted)
    kept = manifests
    configs: Mapping[str, bytes] = {}
    notes: list[str] = []
    if link:
        linked = set_labels(source, manifests, link)
        kept, configs = linked.manifests, linked.configs
    attached = Attached()
    if referrers:
        same = [one for one, new in zip(manifests, kept, strict=True) if one is new]
        attached = find_attached(source, same)
        if len(same) < len(manifests):
            notes.append("what is attached to images that were labelled: it is about the digests they had")
    own = {manifest.digest: manifest for manifest in (*kept, *attached.manifests)}
    blobs, foreign = _blobs(own.values(), configs)
    return Content(
        kept[-1],
        tuple(own.values()),
        blobs,
        changed=kept[-1].digest != root.own.digest,
        attached=attached.tags,
        left_out=(*foreign, *notes),
    )


def _platforms(texts: Sequence[str]) -> tuple[Platform, ...]:
    try:
        return tuple(parse_platform(text) for text in texts)
    except InvalidPlatform as error:
        raise TransferError(TransferCause.INVALID, f"A platform cannot be read: {error}.") from None


def _platform_of(source: Source, manifest: Manifest) -> list[Platform]:
    config = read_config(source, manifest)
    os, architecture, variant = (config.get(key, "") for key in ("os", "architecture", "variant"))
    if not isinstance(os, str) or not isinstance(architecture, str) or not os or not architecture:
        return []
    return [Platform(os, architecture, variant if isinstance(variant, str) else "")]


def _descend(source: Source, root: Manifest) -> tuple[Manifest, ...]:
    """The root and all manifests under it, each once and after those that it lists."""
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
                f"The manifests of the index {root.digest} are larger than {_MOST_BYTES // 1024 // 1024} MiB together.",
            )
        level = in_parallel(lambda entry: fetch_child(source, entry), list(wanted.values()), WORKERS)
        seen |= {manifest.digest: manifest for manifest in level}
        levels.append(level)
    return _children_first(root, seen)


def _children_first(root: Manifest, known: Mapping[str, Manifest]) -> tuple[Manifest, ...]:
    # A digest covers what it lists, so that no manifest can be its own descendant.
    ordered: dict[str, Manifest] = {}

    def add(manifest: Manifest) -> None:
        for entry in manifest.manifests:
            if entry.digest not in ordered:
                add(known[entry.digest])
        ordered[manifest.digest] = manifest

    add(root)
    return tuple(ordered.values())


def _blobs(
    manifests: Iterable[Manifest], configs: Mapping[str, bytes]
) -> tuple[tuple[Descriptor, ...], tuple[str, ...]]:
    """What to copy, each blob once, and what not, for a person."""
    blobs: dict[str, Descriptor] = {}
    left_out: dict[str, str] = {}
    for blob in (blob for manifest in manifests for blob in manifest.blobs):
        if _is_foreign(blob):
            left_out[blob.digest] = f"layer {blob.digest}: its publisher wants it fetched from elsewhere"
            continue
        known = blobs.setdefault(blob.digest, _filled(blob, configs))
        if known.size != blob.size:
            raise TransferError(
                TransferCause.MISMATCH,
                f"Two manifests disagree on the size of blob {blob.digest}: {known.size} and {blob.size} bytes.",
            )
    return tuple(blobs.values()), tuple(left_out.values())


def _is_foreign(blob: Descriptor) -> bool:
    """Whether it may not be distributed, and its descriptor says where else to get it (image specification, layers)."""
    return bool(blob.urls) and any(word in blob.media_type for word in _FOREIGN)


def _filled(blob: Descriptor, configs: Mapping[str, bytes]) -> Descriptor:
    """The descriptor with its content where that is at hand: new, or fixed by the specification as that of `{}`."""
    if blob.digest == _EMPTY_DIGEST and blob.size == len(_EMPTY_CONTENT):
        return replace(blob, data=_EMPTY_CONTENT)
    if blob.digest in configs:
        return replace(blob, data=configs[blob.digest])
    return blob
