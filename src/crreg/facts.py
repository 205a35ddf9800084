"""What was observed of one repository: the one immutable value that every rule judges."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crreg.discovery.found import Discovery, Source
from crreg.github.inventory import Inventory, Level
from crreg.github.package import Package
from crreg.location import Location
from crreg.registry.outcome import LoginResult, PullResult
from crreg.registry.password import PasswordKind
from crreg.registry.reference import ImageReference
from crreg.settings import RegistrySettings, Settings
from crreg.triple import Part


@dataclass(frozen=True, slots=True)
class Holding:
    """A secret that holds one part of a triple, at one level."""

    level: Level
    assigned: bool
    """Whether codespaces of the repository get it."""
    updated_at: datetime
    visibility: str | None = None
    """`all`, `private` or `selected`; None at repository level."""


@dataclass(frozen=True, slots=True)
class PartFact:
    """One part of a triple, as GitHub stores it and as it is at hand."""

    holdings: tuple[Holding, ...] = ()
    """Every level that holds it, in the order in which they win: user, repository, organisation."""
    at_hand: bool = False
    """Whether the caller supplied a value, so that a login can be tested."""

    @property
    def effective(self) -> Holding | None:
        """The holding that a codespace gets; where none is assigned, the first that is not."""
        assigned = (holding for holding in self.holdings if holding.assigned)
        return next(assigned, self.holdings[0] if self.holdings else None)


@dataclass(frozen=True, slots=True)
class TripleFact:
    """One triple, from whichever of the secrets, the environment and the configuration it is known."""

    identifier: str
    parts: Mapping[Part, PartFact]
    """All three parts, always."""
    server: str | None = None
    """Host (and port) that SERVER names, normalised as images' registries are (`docker.io` for Docker Hub):
    from the value at hand, else from the configuration; None if neither is there or the value names no host."""
    server_at_hand: bool = False
    """Whether `server` comes from the value at hand, not from the configuration."""
    configured: RegistrySettings | None = None
    password_kind: PasswordKind = PasswordKind.OPAQUE
    login: LoginResult | None = None
    """None if no login was asked for."""

    @property
    def stored(self) -> bool:
        """Whether any of its secrets is stored at any level that could be listed."""
        return any(part.holdings for part in self.parts.values())

    @property
    def account(self) -> str | None:
        """The provider's name for the account that logs in, which is not a secret; None if it is not known."""
        return self.login.account if self.login is not None else None

    @property
    def service(self) -> str:
        """What the registry calls itself in its challenge; empty unless that is a provider's known name for itself."""
        return self.login.service if self.login is not None else ""


class Coverage(enum.StrEnum):
    """Whether a triple logs in to an image's registry."""

    COVERED = "covered"
    NONE = "none"
    UNKNOWN = "unknown"
    """No known triple does, but there is one whose SERVER is not known."""


@dataclass(frozen=True, slots=True)
class ImageFact:
    """One image at one place."""

    text: str
    """The reference as found, after expansion."""
    reference: ImageReference | None
    """None if `text` is no valid reference."""
    source: Source
    location: Location
    coverage: Coverage = Coverage.NONE
    triple: str | None = None
    """Identifier of the triple whose SERVER is the image's registry, if any."""
    pull: PullResult | None = None
    """None if it was not asked for."""
    error: str = ""
    """Why `text` is no valid reference; empty where it is."""


@dataclass(frozen=True, slots=True)
class MisnamedSecret:
    """A secret, or a value at hand, whose name is nearly that of a part of a triple."""

    name: str
    meant: str
    """The name that a codespace looks for."""
    level: Level | None
    """None if it is only a name in the environment."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the rules may know; holds no value of a secret."""

    now: datetime
    """When the facts were gathered, with time zone."""
    repository: str | None
    """`owner/name`; None if none was named."""
    settings: Settings = field(default_factory=Settings)
    discovery: Discovery = field(default_factory=lambda: Discovery((), (), ()))
    inventory: Inventory | None = None
    """None if GitHub was not asked, since there was no token."""
    inventory_reason: str = ""
    """Why GitHub was not asked; empty where it was."""
    triples: tuple[TripleFact, ...] = ()
    """Sorted by identifier."""
    images: tuple[ImageFact, ...] = ()
    misnamed: tuple[MisnamedSecret, ...] = ()
    packages: Mapping[str, Package] = field(default_factory=dict)
    """Container packages by image name (`ghcr.io/octo-org/dev`): those of GitHub's own registry that no triple covers
    and that nobody may pull without credentials. What was not asked for is not there."""
    in_workflow: bool = False
    """Whether the values come from a step of a workflow, which has them from Actions secrets and variables."""
    web_url: str = "https://github.com"
    """Where a person reaches GitHub in a browser, without a slash at the end."""

    def triple(self, identifier: str | None) -> TripleFact | None:
        """The triple of that identifier."""
        return next((triple for triple in self.triples if triple.identifier == identifier), None)

    def images_of(self, registry: str | None) -> tuple[ImageFact, ...]:
        """The images in that registry, in the order found."""
        return tuple(
            image
            for image in self.images
            if registry is not None and image.reference is not None and image.reference.registry == registry
        )
