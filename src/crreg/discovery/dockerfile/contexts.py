"""Named build contexts, which replace the stages and images of the same name."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.net.docker_hub import familiar
from crreg.platform import Platform

_IMAGE_SCHEME = "docker-image:"
_NEVER = frozenset({"scratch", "context"})


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What replaces a stage or an image."""

    image: str | None
    """An image; None if it is a folder, a Git repository, or empty."""


@dataclass(frozen=True, slots=True)
class BuildContexts:
    """The named contexts of a build, found under any spelling of an image's name."""

    contexts: Mapping[str, BuildContext] = field(default_factory=dict)

    @classmethod
    def of(cls, contexts: Mapping[str, str]) -> "BuildContexts":
        """Return the contexts for the names and addresses that a build is given."""
        return cls({familiar(name): _context(address) for name, address in contexts.items()})

    def find(self, name: str, platform: Platform) -> BuildContext | None:
        """Return the context for a stage or image; one for its platform wins."""
        if not self.contexts or name.lower() in _NEVER:
            return None
        known = familiar(name)
        return self.contexts.get(f"{known}::{platform}") or self.contexts.get(known)


def _context(address: str) -> BuildContext:
    if not address.startswith(_IMAGE_SCHEME):
        return BuildContext(None)
    image = address.removeprefix(_IMAGE_SCHEME).removeprefix("//")
    return BuildContext(None if image == "scratch" else image)
