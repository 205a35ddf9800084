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
    is_complete: bool = True
    """Whether these are all. If its manifest has no metadata, the CLI reads them from the feature's files."""


NO_FEATURES = NamedFeatures()


def features_in(manifest: bytes) -> NamedFeatures:
    """Return the features that a feature's manifest names, incomplete if its metadata can't be parsed.

    Sources: https://containers.dev/implementors/features-distribution/ (dev.containers.metadata);
    https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-configuration/containerFeaturesOrder.ts
    """
    try:
        metadata = json.loads(json.loads(manifest)["annotations"][_METADATA])
        depends_on, after = metadata.get("dependsOn"), metadata.get("installsAfter")
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return NamedFeatures(is_complete=False)
    needed, ordering = (
        [name for name in names if isinstance(name, str)]
        for names in (
            depends_on if isinstance(depends_on, dict) else (),
            after if isinstance(after, list) else (),
        )
    )
    return NamedFeatures(
        _bounded(needed), _bounded(ordering), is_complete=max(len(needed), len(ordering)) <= _MOST_NAMES
    )


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(islice((name for name in names if len(name) <= _LONGEST_NAME), _MOST_NAMES))
