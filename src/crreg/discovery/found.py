"""The images and problems found in a repository's dev containers."""

import enum
from dataclasses import dataclass

from crreg.findings.finding import Effect, Severity
from crreg.findings.location import Location
from crreg.platform import LINUX_AMD64, Platform


class Source(enum.StrEnum):
    """What kind of entry names an image."""

    IMAGE = "image"
    """`image` of a devcontainer.json."""
    BUILD = "build"
    """FROM, COPY --from or RUN --mount=from of a Dockerfile."""
    COMPOSE = "compose"
    """`image` of a Compose service."""
    FEATURE = "feature"
    """A dev container feature, an OCI artifact."""
    CACHE = "cache"
    """`build.cacheFrom`, of a devcontainer.json or a Compose service."""
    SYNTAX = "syntax"
    """The `# syntax=` image of a Dockerfile."""
    CONFIG = "config"
    """`images` of .github/crreg.yml."""


class FeatureRole(enum.IntEnum):
    """Why a codespace asks for a feature; each asks for all that the one before asks for.

    Source: https://github.com/devcontainers/cli/blob/v0.89.0/src/spec-configuration/containerFeaturesOrder.ts
    """

    ORDERED = enum.auto()
    """Only `overrideFeatureInstallOrder` names it. The manifest must be there, and nothing else is read."""
    AFTER = enum.auto()
    """Another feature is installed after it. Its metadata is read, but the features that this names are not needed."""
    INSTALLED = enum.auto()


class ProblemKind(enum.StrEnum):
    """Why a place could not be read for images."""

    INVALID = "invalid"
    """The file is broken: its grammar, its types, its encoding, or a file it names is missing or leads
    outside the workspace. A codespace would not start."""
    UNRESOLVED = "unresolved"
    """An image's name depends on a value that only the codespace knows, or the file exceeds a bound, or
    is not committed as it is here."""
    READ_DIFFERENTLY = "read-differently"
    """BuildKit builds the Dockerfile, but the dev containers CLI reads another base image or another last stage
    in it. A codespace asks the CLI first, and would not start."""
    UNSUPPORTED = "unsupported"
    """The place was read and its images are known, but codespaces can't do what it asks for."""

    @property
    def effect(self) -> Effect:
        """What a problem of this kind means for a codespace, unless the problem is softened."""
        return Effect.UNPROVEN if self is ProblemKind.UNRESOLVED else Effect.STOPS


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that could not be read; every other file was read anyway."""

    kind: ProblemKind
    message: str
    """What is wrong and what was expected, plain text. May quote the file: escape it."""
    location: Location
    softened: Effect | None = None
    """The milder effect that replaces its kind's: UNPROVEN if a codespace may start, HYGIENE if it does start; None
    if its kind's effect applies."""

    @property
    def effect(self) -> Effect:
        """What it means for a codespace."""
        return self.softened or self.kind.effect

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return Severity.ERROR if self.effect is Effect.STOPS else Severity.WARNING


def other_platform(what: str, platform: Platform, location: Location) -> Problem:
    """Return the problem that `what` is for another platform than codespaces."""
    message = f"{what} is for {platform}, but codespaces run on {LINUX_AMD64}: remove the platform"
    return Problem(ProblemKind.UNSUPPORTED, message, location, Effect.UNPROVEN)


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image that a dev container needs, as its file names it."""

    text: str
    """The reference after expansion of variables, not yet parsed."""
    source: Source
    location: Location
    """The span of the text in its file (without quotes)."""
    platform: Platform = LINUX_AMD64
    """The platform it is pulled for, normalized."""
    role: FeatureRole = FeatureRole.INSTALLED
    """Of a feature."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Everything that the repository's dev containers need."""

    configurations: tuple[str, ...]
    """Paths of the devcontainer.json files found, relative to the root, sorted."""
    images: tuple[FoundImage, ...]
    """Sorted by file and place; the same text at two places is two images."""
    problems: tuple[Problem, ...]
    packages_of: frozenset[str] = frozenset()
    """The repositories (`owner/name` in lower case) whose packages a devcontainer.json asks to read."""
    is_elsewhere: bool = False
    """Whether the repository may have dev containers that were not seen: the folder that was read has none, and is
    not the top folder of a checkout."""
