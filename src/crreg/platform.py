"""Platforms that images run on, read and written as containerd's platforms package does.

Source: https://github.com/containerd/platforms/blob/v0.2.1/platforms.go (Parse), database.go (normalizeArch)
"""

import re
from dataclasses import dataclass

ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i486": "386",
    "i586": "386",
    "i686": "386",
    "armhf": "arm",
    "armel": "arm",
}
"""Other names of architectures, as containerd normalizes them."""
VARIANTS = {"armhf": "v7", "armel": "v6"}
_FIRST_VARIANTS = {"amd64": "v1", "arm64": "v8", "arm": "v7"}
"""The variant to assume if none is named."""
_SYSTEMS = frozenset({"linux", "windows", "darwin", "freebsd", "wasi"})
"""Names that are an operating system's if they are given alone."""
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_MOST_PARTS = 3


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that an image runs on."""

    os: str
    architecture: str
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


LINUX_AMD64 = Platform("linux", "amd64")
"""What codespaces run on."""


class InvalidPlatform(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The text is not a platform; the message says why without quoting it."""


def parse_platform(text: str) -> Platform:
    """Read `os/architecture`, `os/architecture/variant`, or one name alone, which implies Linux or amd64.

    Raises:
        InvalidPlatform: the text has none of these forms.
    """
    parts = text.split("/")
    if len(parts) > _MOST_PARTS or not all(_PART.fullmatch(part) for part in parts):
        raise InvalidPlatform(
            "it does not have the form os/architecture or os/architecture/variant, such as linux/arm64"
        )
    if len(parts) == 1:
        parts = [*parts, LINUX_AMD64.architecture] if parts[0].lower() in _SYSTEMS else ["linux", *parts]
    os, architecture, *variant = (part.lower() for part in parts)
    return Platform(
        os,
        ARCHITECTURES.get(architecture, architecture),
        variant[0] if variant else VARIANTS.get(architecture, ""),
    )


def normalized(platform: Platform) -> Platform:
    """Return the platform as platforms are compared: in lower case, with known names, without a first variant."""
    name = platform.architecture.lower()
    architecture = ARCHITECTURES.get(name, name)
    variant = platform.variant.lower() or VARIANTS.get(name, "")
    if variant.isdigit():
        variant = f"v{variant}"
    usual = _FIRST_VARIANTS.get(architecture)
    if architecture == "arm":
        variant = variant or "v7"
    elif variant == usual:
        variant = ""
    return Platform(platform.os.lower() or "linux", architecture, variant)
