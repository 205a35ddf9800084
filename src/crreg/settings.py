"""The settings of a run: what `.github/crreg.yml` and the caller's inputs say."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from crreg.github.inventory import Level
from crreg.location import Location


class Rotation(enum.StrEnum):
    """How ensure makes a fresh password."""

    ECR_TOKEN = "ecr-token"  # noqa: S105 - a kind of token, no token


class Visibility(enum.StrEnum):
    """Which repositories of an organisation may read a secret."""

    ALL = "all"
    PRIVATE = "private"
    SELECTED = "selected"


@dataclass(frozen=True, slots=True)
class ConfiguredImage:
    """An image that the configuration lists, checked besides those discovered."""

    text: str
    location: Location


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """One entry of `registries`."""

    identifier: str
    """<ID>, upper-case."""
    location: Location | None
    """Where the entry's key stands; None if it came from the `registries` input."""
    server: str | None = None
    """The expected value of SERVER; it never decides where a credential is sent."""
    server_location: Location | None = None
    level: Level | None = None
    visibility: Visibility | None = None
    repositories: tuple[str, ...] = ()
    """Who may read it, as `owner/name`."""
    images: tuple[ConfiguredImage, ...] = ()
    max_age: timedelta | None = None
    """The age at which a secret counts as stale."""
    rotate: Rotation | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration."""

    registries: Mapping[str, RegistrySettings] = field(default_factory=dict)
    """By identifier, in the order of the file."""
    ignore: frozenset[str] = frozenset()
    """Identifiers of rules whose findings are left out."""
    path: str | None = None
    """The configuration file, relative to the workspace; None if there is none."""

    @property
    def images(self) -> tuple[ConfiguredImage, ...]:
        """Every image that the configuration lists."""
        return tuple(image for registry in self.registries.values() for image in registry.images)
