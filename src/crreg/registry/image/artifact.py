"""What a name is asked for besides an image for a platform."""

import enum
from dataclasses import dataclass, field

from crreg.platform import Platform


class Artifact(enum.Enum):
    """What a codespace takes from a registry that is no image, and so is for no platform."""

    FEATURE = enum.auto()
    """A dev container feature, which the dev containers CLI downloads."""
    FEATURE_MANIFEST = enum.auto()
    """The manifest of a feature, of which the dev containers CLI then reads nothing else."""
    CACHE = enum.auto()
    """A build's cache: an image, or what BuildKit stores in a registry. A build goes on without it."""


Use = Platform | Artifact
"""What a name is asked for: an image for a platform, or something else."""


@dataclass(frozen=True, slots=True)
class FeatureMetadata:
    """The devcontainer-feature.json of a feature, which names the features that it needs."""

    text: str = field(default="", repr=False)
    """JSON with comments."""
    unread: str = ""
    """Why it could not be read, as the end of a sentence; empty if it was."""
