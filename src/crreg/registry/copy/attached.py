"""What is attached to an image: signatures, SBOMs, attestations, by its referrers and by cosign's tags."""

from collections.abc import Sequence
from dataclasses import dataclass

from crreg.registry.copy.parallel import in_parallel
from crreg.registry.copy.source import Source
from crreg.registry.descriptor import Manifest, tag_of
from crreg.registry.transfer_error import TransferCause, TransferError

_WORKERS = 8
_COSIGN = (".sig", ".att", ".sbom")
_DEEPEST = 3
"""What is attached may itself be signed, and that signature, too; no further."""
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Attached:
    """Manifests that refer to others."""

    manifests: tuple[Manifest, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    """Those by which cosign finds them, each with its digest."""


def find_attached(source: Source, subjects: Sequence[Manifest]) -> Attached:
    """All that is attached to any of the manifests, and to what is attached to them.

    Raises:
        TransferError: a part cannot be read, or there is too much of it.
    """
    known = {subject.digest for subject in subjects}
    found: dict[str, Manifest] = {}
    tags: dict[str, str] = {}
    level = list(subjects)
    for _ in range(_DEEPEST):
        names: dict[str, str] = {}
        for named in in_parallel(lambda one: _names(source, one), level, _WORKERS):
            names |= named
        tags |= {name: digest for name, digest in names.items() if name != digest}
        new = [digest for digest in dict.fromkeys(names.values()) if digest not in known | found.keys()]
        if len(found) + len(new) > _MOST:
            raise TransferError(
                TransferCause.UNSUPPORTED, f"More than {_MOST} manifests are attached to what is copied."
            )
        level = in_parallel(source.fetch, new, _WORKERS)
        found |= {manifest.digest: manifest for manifest in level}
        if not level:
            break
    return Attached(tuple(found.values()), tuple(sorted(tags.items())))


def _names(source: Source, subject: Manifest) -> dict[str, str]:
    """The digest of what is attached, by its tag, or by itself where it has none."""
    names = {entry.digest: entry.digest for entry in source.referrers(subject.digest)}
    for ending in _COSIGN:
        tag = tag_of(subject.digest) + ending
        tagged = source.resolve(tag)
        if tagged is not None:
            names[tag] = tagged.digest
    return names
