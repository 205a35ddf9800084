"""Whether a copy has been made already: one request a tag and manifest, and none for a blob."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crreg.registry.copy.parallel import in_parallel
from crreg.registry.copy.transfer import WORKERS, points_at, what_stands
from crreg.registry.image.descriptor import Descriptor, Manifest
from crreg.registry.image.remote import Remote


@dataclass(frozen=True, slots=True)
class Standing:
    """What a target has of a root and its tags."""

    tags: Mapping[str, str | None]
    """The digest that each tag points at; None where the tag does not exist."""
    right: tuple[str, ...]
    """The tags that point at the root already."""
    missing: tuple[Descriptor, ...] = ()
    """What the root lists and the target lacks, as after a clean-up job; only asked for where all tags are right."""

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return len(self.right) == len(self.tags) and not self.missing


def stands(root: Manifest, target: Remote, tags: Sequence[str]) -> Standing:
    """Ask where the tags point, and if all of them point at `root`, for each manifest that it lists.

    Raises:
        TransferError: the registry does not tell.
    """
    distinct = tuple(dict.fromkeys(tags))
    found = in_parallel(lambda tag: what_stands(target, tag), distinct, WORKERS)
    current = {
        tag: descriptor.digest if descriptor else None
        for tag, descriptor in zip(distinct, found, strict=True)
    }
    right = tuple(tag for tag, descriptor in zip(distinct, found, strict=True) if points_at(descriptor, root))
    if not distinct or len(right) < len(distinct):
        return Standing(current, right)
    children = in_parallel(lambda entry: what_stands(target, entry.digest), root.manifests, WORKERS)
    missing = [entry for entry, child in zip(root.manifests, children, strict=True) if child is None]
    return Standing(current, right, tuple(missing))
