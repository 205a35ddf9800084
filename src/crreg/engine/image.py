"""Values of the Docker Engine: images, what they are built from, and registry logins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from crreg.net.docker_hub import login_key


class Recipe(Protocol):
    """What to build; paths are relative to the workspace."""

    @property
    def context(self) -> str:
        """The folder whose files the build may use."""

    @property
    def dockerfile(self) -> str | None:
        """The Dockerfile; None for `Dockerfile` in the context."""

    @property
    def target(self) -> str | None:
        """The stage to build; None for the last."""

    @property
    def args(self) -> Mapping[str, str]:
        """Build arguments, which must not hold secrets."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the image."""

    @property
    def cache_from(self) -> Sequence[str]:
        """Images to use as a cache."""

    @property
    def platforms(self) -> Sequence[str]:
        """Platforms such as `linux/arm64`; empty for the engine's own."""


@dataclass(frozen=True, slots=True)
class LocalImage:
    """An image in the engine's store."""

    id: str
    """`sha256:` and 64 hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """A user and password for a registry."""

    registry: str
    """The registry as in image names, in lower case: `ghcr.io`, `registry.example:5000`, `docker.io`."""
    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def key(self) -> str:
        """The key of this login in Docker's configuration files and in the engine's API."""
        return login_key(self.registry)


@dataclass(frozen=True, slots=True)
class Base:
    """An image that a build pulls."""

    name: str
    """The name in the Dockerfile."""
    registry: str
    """The registry in the form of `RegistryLogin.registry`."""


@dataclass(frozen=True, slots=True)
class Built:
    """A built image; exactly one of the two is given."""

    image: str | None = None
    """The image's identifier in the engine."""
    layout: Path | None = None
    """A folder in the OCI image layout."""
