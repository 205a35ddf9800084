"""What a name is asked for besides an image for a platform."""

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from crreg.platform import Platform


class Artifact(enum.Enum):
    """What a codespace takes from a registry that is no image, and so is for no platform."""

    FEATURE = enum.auto()
    """A dev container feature, which the dev containers CLI downloads."""
    CACHE = enum.auto()
    """A build's cache: an image, or what BuildKit stores in a registry. A build goes on without it."""


Use = Platform | Artifact
"""What a name is asked for: an image for a platform, or something else."""
_METADATA = "dev.containers.metadata"
_MOST_NAMES = 100
_LONGEST_NAME = 1_000


@dataclass(frozen=True, slots=True)
class NamedFeatures:
    """The features that another one names in its manifest."""

    depends_on: tuple[str, ...] = ()
    """Those that are installed with it."""
    installs_after: tuple[str, ...] = ()
    """Those that only decide the order; the dev containers CLI needs their manifests all the same."""


NO_FEATURES = NamedFeatures()


def features_in(manifest: bytes) -> NamedFeatures:
    """Return the features that a feature's manifest names; none if its metadata can't be parsed.

    Source: https://containers.dev/implementors/features-distribution/ (dev.containers.metadata)
    """
    try:
        metadata = json.loads(json.loads(manifest)["annotations"][_METADATA])
        depends_on, after = metadata.get("dependsOn"), metadata.get("installsAfter")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return NO_FEATURES
    return NamedFeatures(
        _names(depends_on if isinstance(depends_on, dict) else ()),
        _names(after if isinstance(after, list) else ()),
    )


def _names(values: Iterable[object]) -> tuple[str, ...]:
    names = (value for value in values if isinstance(value, str) and len(value) <= _LONGEST_NAME)
    return tuple(islice(names, _MOST_NAMES))
