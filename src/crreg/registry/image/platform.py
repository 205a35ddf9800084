"""Choose the image in an index that an engine pulls, as containerd's platforms package and docker do.

Sources: https://github.com/containerd/platforms/blob/v0.2.1/compare.go (Only, platformVector),
https://github.com/containerd/containerd/blob/v1.7.27/images/image.go (Manifest) and
https://github.com/moby/moby/blob/v28.2.2/distribution/pull_v2_unix.go (filterManifests)
"""

import json
import re
from collections.abc import Mapping, Sequence

from crreg.platform import Platform, normalized
from crreg.registry.image.descriptor import Descriptor

_VERSION = re.compile(r"[0-9]{1,2}")
_RUNS_32_BIT = {"amd64": ("386", ""), "arm64": ("arm", "v8")}
"""The other architecture that an engine accepts if there is no image for its own."""

_OTHER_ARCHITECTURE, _UNNAMED = 100, 1000
"""Ranks after all images for the own architecture: another one that it runs, and an entry without a platform."""


def accepts(wanted: Platform, found: Platform) -> int | None:
    """Rank an image for `found` on an engine for `wanted`: 0 is best, None means that it is not pulled."""
    own, other = normalized(wanted), normalized(found)
    if own.os != other.os:
        return None
    if own.architecture == other.architecture:
        rank = _level(own) - _level(other)
        return rank if rank >= 0 else None
    architecture, variant = _RUNS_32_BIT.get(own.architecture, ("", ""))
    if other.architecture != architecture or _level(other) > _level(Platform("", "", variant)):
        return None
    return _OTHER_ARCHITECTURE - _level(other)


def chosen(entries: Sequence[Descriptor], wanted: Platform) -> Descriptor | None:
    """Return the index entry that an engine for `wanted` pulls; one without a platform only if no other matches."""
    best: tuple[int, Descriptor] | None = None
    for entry in entries:
        rank = _UNNAMED if entry.platform is None else accepts(wanted, entry.platform)
        if rank is not None and (best is None or rank < best[0]):
            best = rank, entry
    return best[1] if best is not None else None


def platform_of(configuration: bytes) -> Platform | None:
    """Return the platform in an image's configuration; None if it has none or can't be parsed."""
    try:
        tree = json.loads(configuration)
    except (ValueError, RecursionError):
        return None
    return platform_in(tree) if isinstance(tree, dict) else None


def platform_in(configuration: Mapping[str, object]) -> Platform | None:
    """Return the platform in an image's parsed configuration; None if it has none."""
    os, architecture, variant = (configuration.get(name, "") for name in ("os", "architecture", "variant"))
    if not isinstance(os, str) or not isinstance(architecture, str) or not os or not architecture:
        return None
    return Platform(os[:40], architecture[:40], variant[:40] if isinstance(variant, str) else "")


def _level(platform: Platform) -> int:
    """Return the variant as a number: 3 for v3, the first variant if there is none."""
    digits = platform.variant.removeprefix("v").partition(".")[0]
    if _VERSION.fullmatch(digits):
        return int(digits)
    return 8 if platform.architecture == "arm64" else 1
