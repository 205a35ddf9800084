"""Images as an engine knows them, what they are built from, and logins to registries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Recipe(Protocol):
    """What a build is to be; paths are relative to the workspace."""

    @property
    def context(self) -> str:
        """The folder whose files the build may use."""

    @property
    def dockerfile(self) -> str | None:
        """None for `Dockerfile` in the context."""

    @property
    def target(self) -> str | None:
        """The stage to build; None for the last."""

    @property
    def args(self) -> Mapping[str, str]:
        """Build arguments; no secrets."""

    @property
    def labels(self) -> Mapping[str, str]:
        """Labels of the image."""

    @property
    def cache_from(self) -> Sequence[str]:
        """Images whose layers may be taken over."""

    @property
    def platforms(self) -> Sequence[str]:
        """As `linux/arm64`; none for the engine's own."""


@dataclass(frozen=True, slots=True)
class LocalImage:
    """An image that the engine has."""

    id: str
    """As `sha256:` and 64 hexadecimal digits."""
    labels: Mapping[str, str] = field(default_factory=dict)
    architecture: str = ""
    os: str = ""
    repo_digests: tuple[str, ...] = ()
    """As `ghcr.io/org/app@sha256:…`: where it was pulled from or pushed to."""
    repo_tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """What to log in to a registry with."""

    registry: str
    """As images' names have it, in lower case: `ghcr.io`, `registry.example:5000`, `docker.io`."""
    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def key(self) -> str:
        """The key of this login in docker's own files and in the engine's API.

        Source: `IndexServer` in https://github.com/moby/moby/blob/master/registry/config.go
        """
        return "https://index.docker.io/v1/" if self.registry == "docker.io" else self.registry


@dataclass(frozen=True, slots=True)
class Base:
    """An image that a build pulls."""

    name: str
    """As the Dockerfile names it."""
    registry: str
    """As in `RegistryLogin`."""


@dataclass(frozen=True, slots=True)
class Built:
    """A built image; exactly one of the two is given."""

    image: str | None = None
    """Its identifier in the engine."""
    layout: Path | None = None
    """Or a folder in the OCI image layout."""
