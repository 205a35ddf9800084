"""How the check of an image ends, and what it says then."""

from collections.abc import Sequence
from dataclasses import dataclass

from crreg.platform import Platform
from crreg.registry.image.artifact import FeatureMetadata
from crreg.registry.image.descriptor import Descriptor
from crreg.registry.outcome import Fault, Lack, PullOutcome
from crreg.registry.reference import ImageReference

_MOST_PLATFORMS = 10
"""That a message lists."""


@dataclass(frozen=True, slots=True)
class End:
    """The result of the check."""

    outcome: PullOutcome
    detail: str
    lack: Lack | None = None
    codes: tuple[str, ...] = ()
    fault: Fault | None = None
    metadata: FeatureMetadata | None = None


class EndedError(Exception):
    """The check has a result, so no further request is needed."""

    def __init__(self, end: End) -> None:
        super().__init__(end.outcome)
        self.end = end


def not_found(reference: ImageReference, says: str, codes: tuple[str, ...]) -> End:
    """Return the end for a status of 404; `says` are the registry's words, with what separates them."""
    registry, repository = reference.registry, reference.repository
    kind = "digest" if reference.digest else "tag"
    detail = f"{registry} has no repository {repository}, or not the {kind} {reference.target} in it{says}."
    if "NAME_UNKNOWN" in codes:
        detail = f"{registry} has no repository {repository}{says}."
    elif "MANIFEST_UNKNOWN" in codes:
        detail = f"{registry} has the repository {repository}, but not the {kind} {reference.target}{says}."
    return End(PullOutcome.NOT_FOUND, detail, codes=codes)


def another_kind(registry: str, wanted: str, kind: str) -> End:
    """Return the end for something that is not what was `wanted`; `kind` is a media type, or words for it."""
    detail = f"{registry} has something else by that name, which is no {wanted} ({kind})."
    return End(PullOutcome.NOT_FOUND, detail, Lack.KIND)


def no_manifest(registry: str, digest: str) -> End:
    """Return the end for a body that docker can't read, or that has another digest than the one asked for."""
    what = f"something other than {digest}" if digest else "something that docker can't read as a manifest"
    return End(PullOutcome.NOT_A_REGISTRY, f"{registry} returned {what}.")


def no_platform(registry: str, wanted: Platform, found: Sequence[Platform | Descriptor]) -> End:
    """Return the end for an image that is only for other platforms: its own, or those that an index lists."""
    named = list(dict.fromkeys(map(_named, found)))
    shown = ", ".join(named[:_MOST_PLATFORMS])
    more = " and others" if len(named) > _MOST_PLATFORMS else ""
    there = f"only for {shown}{more}" if named else "for none"
    detail = f"{registry} does not have it for {wanted}, {there}."
    return End(PullOutcome.NO_PLATFORM, detail, Lack.PLATFORM)


def _named(found: Platform | Descriptor) -> str:
    platform = found.platform if isinstance(found, Descriptor) else found
    return str(platform or "") or "an unnamed platform"
