"""One image that a repository needs, and what is known of it."""

import enum
from dataclasses import dataclass

from crreg.discovery.found import FeatureRole, FoundImage, Source
from crreg.findings.location import Location
from crreg.platform import LINUX_AMD64, Platform
from crreg.registry.image.artifact import Artifact, Use
from crreg.registry.outcome import PullOutcome, PullResult
from crreg.registry.reference import ImageReference, InvalidReference


class Coverage(enum.StrEnum):
    """Whether a triple logs in to an image's registry."""

    COVERED = "covered"
    NONE = "none"
    UNKNOWN = "unknown"
    """No known triple does, but there may be one whose SERVER is not known."""


_ARTIFACTS = {Source.FEATURE: Artifact.FEATURE, Source.CACHE: Artifact.CACHE}
"""What a codespace takes from a registry that is no image; of a feature, unless only its manifest is read."""


@dataclass(frozen=True, slots=True)
class ImageFact:
    """One image at one place."""

    text: str
    """The reference as found, after expansion."""
    reference: ImageReference | None
    """None if `text` is not a valid reference."""
    source: Source
    location: Location
    coverage: Coverage = Coverage.NONE
    triple: str | None = None
    """Identifier of the triple whose SERVER is the image's registry, if any."""
    pull: PullResult | None = None
    """None if it was not requested."""
    error: str = ""
    """Why `text` is not a valid reference; empty if it is."""
    platform: Platform = LINUX_AMD64
    """The platform to pull it for, normalized."""
    role: FeatureRole = FeatureRole.INSTALLED
    """Of a feature."""

    @classmethod
    def of(cls, found: FoundImage) -> "ImageFact":
        """Return an image that was found, with its name parsed."""
        reference, error = None, ""
        try:
            reference = ImageReference.parse(found.text)
        except InvalidReference as invalid:
            error = str(invalid)
        return cls(
            found.text,
            reference,
            found.source,
            found.location,
            error=error,
            platform=found.platform,
            role=found.role,
        )

    @property
    def outcome(self) -> PullOutcome | None:
        """How the request for it ended; None if it was not requested."""
        return self.pull.outcome if self.pull is not None else None

    @property
    def is_cache(self) -> bool:
        """Whether it is a mere cache, without which a build is slow but succeeds."""
        return self.source is Source.CACHE

    @property
    def use(self) -> Use:
        """What it is pulled for."""
        if self.role is FeatureRole.ORDERED:
            return Artifact.FEATURE_MANIFEST
        return _ARTIFACTS.get(self.source, self.platform)

    @property
    def shown(self) -> str:
        """The image for a person, with its platform unless that is a codespace's own."""
        name = str(self.reference or self.text)
        return name if self.platform == LINUX_AMD64 else f"{name} ({self.platform})"
