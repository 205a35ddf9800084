"""The settings of a run, from `.github/crreg.yml` and the inputs."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from crreg.findings.location import Location
from crreg.github.levels import Level


class Rotation(enum.StrEnum):
    """How ensure gets a new password."""

    ECR_TOKEN = "ecr-token"  # noqa: S105 - a kind of token, no token


class Visibility(enum.StrEnum):
    """Which repositories of an organization may read a secret."""

    ALL = "all"
    PRIVATE = "private"
    SELECTED = "selected"


@dataclass(frozen=True, slots=True)
class ConfiguredImage:
    """An image that the configuration lists, to check in addition to the discovered ones."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class Allowed:
    """Repositories that may be given access to an organization's secrets; one of the three is set."""

    name: str = ""
    """A glob for names, or for full names if it contains a slash."""
    topic: str = ""
    property: tuple[str, str] | None = None
    """Name and value of a custom property."""

    def __str__(self) -> str:
        """Return the entry as it is written in the configuration."""
        if self.property is not None:
            return f"property:{'='.join(self.property)}"
        return f"topic:{self.topic}" if self.topic else self.name


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """One entry of `registries`."""

    identifier: str
    """<ID>, in upper case."""
    location: Location | None
    """The location of the entry's key; None if it came from the `registries` input."""
    server: str | None = None
    """The expected value of SERVER; it never decides where a credential is sent."""
    server_location: Location | None = None
    level: Level | None = None
    """Where `ensure` stores the secrets."""
    visibility: Visibility | None = None
    """Which of the organization's repositories may read its secrets."""
    repositories: tuple[str, ...] = ()
    """The repositories that may read the secrets, as `owner/name`."""
    images: tuple[ConfiguredImage, ...] = ()
    """Images to check besides those of the dev containers."""
    max_age: timedelta | None = None
    """The age at which a secret counts as stale, such as `90d`."""
    rotate: Rotation | None = None
    """How `ensure` gets a new password."""
    allow: tuple[Allowed, ...] | None = None
    """What `ensure --org` may give access to; None if `ensure --org` leaves the organization's secrets alone. Only the
    configuration beside the workflow counts, never that of a repository that wants access."""


@dataclass(frozen=True, slots=True)
class Build:
    """A Dockerfile to build an image from; paths are relative to the workspace."""

    context: str = "."
    """The folder that the build can copy from."""
    dockerfile: str | None = None
    """The Dockerfile; by default `Dockerfile` in the context."""
    target: str | None = None
    """The stage to build; by default the last."""
    args: Mapping[str, str] = field(default_factory=dict)
    """Build arguments."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Labels of the image."""
    cache_from: tuple[str, ...] = ()
    """Images to use as a cache."""
    platforms: tuple[str, ...] = ()
    """Platforms such as `linux/arm64`; empty for the engine's own."""


@dataclass(frozen=True, slots=True)
class Publication:
    """One entry of `publish`: an image and exactly one of the three sources."""

    image: str
    """The name to publish under, without a tag: `ghcr.io/org/app-dev`."""
    location: Location | None
    """Where the image is named; None if no file of the repository names it."""
    tags: tuple[str, ...] = ("latest",)
    """The tags to publish under."""
    copy: str | None = None
    """An image in another registry, or in another repository of the same one."""
    build: Build | None = None
    """What to build, or only the folder."""
    local: str | None = None
    """An image in the engine's store."""
    platforms: tuple[str, ...] = ()
    """Platforms to copy (only with `copy`); empty for all."""
    referrers: bool = False
    """Whether to copy attached signatures, SBOMs and attestations as well (only with `copy`)."""
    link: bool = False
    """Whether to add the label and annotation to link the package to the repository (only with `copy` or `local`)."""
    allow_public: bool = False
    """Whether GitHub may make the package public when it is first published."""
    immutable: bool = False
    """Whether it is an error if a tag exists with another digest."""

    @property
    def by_caller(self) -> bool:
        """Whether the image was named in an option or an input, not in a file of the repository."""
        return self.location is None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration."""

    registries: Mapping[str, RegistrySettings] = field(default_factory=dict)
    """By identifier, in the order of the file."""
    ignore: frozenset[str] = frozenset()
    """Identifiers of rules whose findings are left out."""
    publications: tuple[Publication, ...] = ()
    """The images to publish."""
    path: str | None = None
    """The configuration file, relative to the workspace; None if there is none."""

    @property
    def images(self) -> tuple[ConfiguredImage, ...]:
        """Every image that the configuration lists."""
        return tuple(image for registry in self.registries.values() for image in registry.images)
