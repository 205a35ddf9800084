"""What a name is asked for besides an image for a platform."""

import enum
import threading
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
_MOST_KEPT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FeatureMetadata:
    """The devcontainer-feature.json of a feature, which names the features that it needs."""

    text: str = field(default="", repr=False)
    """JSON with comments."""
    unread: str = ""
    """Why it could not be read, as the end of a sentence; empty if it was."""


class KeptMetadata:
    """The metadata of features that one run keeps with its answers, which may be for thousands of repositories."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = _MOST_KEPT
        """Characters."""

    def kept(self, metadata: FeatureMetadata | None) -> FeatureMetadata | None:
        """Return the metadata, or that it is too much; thread-safe."""
        if metadata is None:
            return None
        with self._lock:
            if len(metadata.text) > self._left:
                return FeatureMetadata(unread="this run's features have more metadata than crreg keeps")
            self._left -= len(metadata.text)
        return metadata
