"""Read what to copy: the root, all manifests under it, and their blobs' descriptors. Nothing is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from crreg.platform import InvalidPlatform, Platform, parse_platform
from crreg.registry.copy.linking import link as set_labels
from crreg.registry.copy.platforms import check, filtered
from crreg.registry.copy.referrers import Attached, find_attached
from crreg.registry.copy.source import Content, ContentSource, descend
from crreg.registry.copy.verified import read_config
from crreg.registry.image.descriptor import Descriptor, Manifest, digest_of
from crreg.registry.image.platform import platform_in
from crreg.registry.image.transfer_error import TransferError
from crreg.registry.outcome import TransferCause

_FOREIGN = ("foreign", "nondistributable")
_EMPTY_CONTENT = b"{}"
_EMPTY_DIGEST = digest_of(_EMPTY_CONTENT)


@dataclass(frozen=True, slots=True)
class Root:
    """The manifest or index of a name at its source."""

    own: Manifest
    """As stored at the source."""
    wanted: Manifest
    """With only the wanted platforms; the same if all are wanted."""


def read_root(source: ContentSource, target: str, platforms: Sequence[str] = ()) -> Root:
    """Read the manifest or index of `target`, a tag or a digest.

    Raises:
        TransferError: it does not exist, or not for these platforms.
    """
    wanted = _platforms(platforms)
    root = source.fetch(target)
    if not root.manifests and not root.blobs:
        raise TransferError(
            TransferCause.UNSUPPORTED, f"{source.name}, {target}, is not an image: its manifest is empty."
        )
    if not wanted:
        return Root(root, root)
    name = f"{source.name}, {target},"
    if root.is_index:
        return Root(root, filtered(root, wanted, name))
    own = platform_in(read_config(source, root))
    check(wanted, [own] if own is not None else [], f"{name} is one image, not")
    return Root(root, root)


def read(
    source: ContentSource,
    target: str,
    *,
    platforms: Sequence[str] = (),
    referrers: bool = False,
    link: Mapping[str, str] | None = None,
    root: Root | None = None,
) -> Content:
    """Read everything that a copy of `target`, a tag or a digest, consists of.

    Args:
        source: where it is.
        target: a tag or a digest there.
        platforms: the platforms to copy from an index, such as `linux/amd64` and `linux/arm/v7`. Empty: all.
        referrers: whether to copy attachments too (signatures, SBOMs, attestations).
        link: labels to set in each image's configuration, and as annotations in manifests that may have them.
        root: the result of `read_root` for the same arguments, so that it is not requested again.

    Raises:
        TransferError: a part is missing, does not match its digest, or is of a kind that is not copied.
    """
    root = root or read_root(source, target, platforms)
    manifests = descend(source, root.wanted)
    kept = manifests
    configs: Mapping[str, bytes] = {}
    notes: list[str] = []
    takes_labels = True
    if link:
        linked = set_labels(source, manifests, link)
        kept, configs, takes_labels = linked.manifests, linked.configs, linked.takes_labels
    attached = Attached()
    if referrers:
        same = [one for one, new in zip(manifests, kept, strict=True) if one is new]
        attached = find_attached(source, same)
        if len(same) < len(manifests):
            notes.append("attachments of labeled images, because they refer to the old digests")
        elif root.wanted is not root.own:
            notes.append("attachments of the index, because they refer to its digest with all platforms")
    own = {manifest.digest: manifest for manifest in (*kept, *attached.manifests)}
    blobs, foreign = _blobs(own.values(), configs)
    return Content(
        kept[-1],
        tuple(own.values()),
        blobs,
        changed=kept[-1].digest != root.own.digest,
        attached=attached.tags,
        left_out=(*foreign, *notes),
        takes_labels=takes_labels,
    )


def _platforms(texts: Sequence[str]) -> tuple[Platform, ...]:
    try:
        return tuple(parse_platform(text) for text in texts)
    except InvalidPlatform as error:
        raise TransferError(TransferCause.INVALID, f"A platform is invalid: {error}.") from None


def _blobs(
    manifests: Iterable[Manifest], configs: Mapping[str, bytes]
) -> tuple[tuple[Descriptor, ...], tuple[str, ...]]:
    """Return the blobs to copy, each once, and descriptions of those that are left out."""
    blobs: dict[str, Descriptor] = {}
    left_out: dict[str, str] = {}
    for blob in (blob for manifest in manifests for blob in manifest.blobs):
        if _is_foreign(blob):
            left_out[blob.digest] = f"layer {blob.digest}, because its publisher distributes it elsewhere"
            continue
        known = blobs.setdefault(blob.digest, _filled(blob, configs))
        if known.size != blob.size:
            raise TransferError(
                TransferCause.MISMATCH,
                f"Two manifests give different sizes for blob {blob.digest}: {known.size} and {blob.size} bytes.",
            )
    return tuple(blobs.values()), tuple(left_out.values())


def _is_foreign(blob: Descriptor) -> bool:
    """Return whether a layer must not be distributed and is fetched elsewhere (image specification, layers)."""
    return bool(blob.urls) and any(word in blob.media_type for word in _FOREIGN)


def _filled(blob: Descriptor, configs: Mapping[str, bytes]) -> Descriptor:
    """Return the descriptor with its content if that is known: a new configuration, or the specification's `{}`."""
    if blob.digest == _EMPTY_DIGEST and blob.size == len(_EMPTY_CONTENT):
        return replace(blob, data=_EMPTY_CONTENT)
    if blob.digest in configs:
        return replace(blob, data=configs[blob.digest])
    return blob
