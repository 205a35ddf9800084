"""What was observed of one repository: the one immutable value that every rule judges."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from crreg.configuration.settings import RegistrySettings, Settings
from crreg.discovery.found import Discovery
from crreg.facts.image import ImageFact
from crreg.facts.proof import Proof
from crreg.github.inventory import Inventory
from crreg.github.levels import Level, effective
from crreg.github.package import Package
from crreg.net.github_hosts import WEB_URL
from crreg.registry.login.password import PasswordKind
from crreg.registry.outcome import LoginResult
from crreg.registry.server import Doubt
from crreg.triple import Part

Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Holding:
    """A secret that holds one part of a triple, at one level."""

    level: Level
    assigned: bool
    """Whether codespaces of the repository get it; True if GitHub did not show that."""
    updated_at: datetime
    visibility: str | None = None
    """`all`, `private` or `selected`; None at repository level."""
    readers_known: bool = True
    """Whether GitHub showed which repositories may read it."""


@dataclass(frozen=True, slots=True)
class PartFact:
    """One part of a triple, as GitHub stores it and as the caller gave it."""

    holdings: tuple[Holding, ...] = ()
    """The secrets at every level that has it; the first hides the others (see `by_precedence`)."""
    at_hand: bool = False
    """Whether the caller supplied a value, so that a login can be tested."""
    empty: bool = False
    """Whether the caller supplied an empty value."""
    proof: Proof | None = None
    """What receipts prove of the stored value that a codespace gets; None if there is none, this run has no value
    to compare it with, or the run is not a step of the repository's workflow."""

    @property
    def effective(self) -> Holding | None:
        """The holding that a codespace is assumed to get, or should be assigned if none is."""
        return effective(self.holdings)


@dataclass(frozen=True, slots=True)
class TripleFact:
    """One triple that is known from the secrets, the environment or the configuration."""

    identifier: str
    parts: Mapping[Part, PartFact]
    """All three parts, always."""
    server: str | None = None
    """Host (and port) that SERVER names, normalized like images' registries (`docker.io` for Docker Hub):
    from the given value, else from the configuration; None without either, or if the value names no host."""
    server_at_hand: bool = False
    """Whether `server` comes from the given value, not from the configuration."""
    server_doubt: Doubt | None = None
    """Why a codespace may not log in with the given SERVER; None also if no value was given."""
    configured: RegistrySettings | None = None
    password_kind: PasswordKind = PasswordKind.OPAQUE
    login: LoginResult | None = None
    """None if no login was requested."""

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
        """The registry's name for itself in its challenge; empty unless it is the known name of a provider."""
        return self.login.service if self.login is not None else ""


@dataclass(frozen=True, slots=True)
class MisnamedSecret:
    """A secret, or a given value, whose name is nearly that of a part of a triple."""

    name: str
    meant: str
    """The name that a codespace looks for."""
    level: Level | None
    """None if the name is only in the environment."""


@dataclass(frozen=True)
class Facts:
    """Everything that the rules may know; contains no value of a secret.

    The author of the files decides how many images and registries there are, so no method here may search all of them
    on every call.
    """

    now: datetime
    """When the facts were gathered, with time zone."""
    repository: str | None
    """`owner/name`; None if none was named."""
    settings: Settings = field(default_factory=Settings)
    discovery: Discovery = field(default_factory=lambda: Discovery((), (), ()))
    inventory: Inventory | None = None
    """None if GitHub was not queried, because there was no token."""
    inventory_reason: str = ""
    """Why GitHub was not queried; empty if it was."""
    triples: tuple[TripleFact, ...] = ()
    """Sorted by identifier."""
    images: tuple[ImageFact, ...] = ()
    misnamed: tuple[MisnamedSecret, ...] = ()
    packages: Mapping[str, Package] = field(default_factory=dict)
    """Container packages by image name (`ghcr.io/octo-org/dev`): those of GitHub's own registry that no triple covers
    and that nobody can pull without credentials. Only requested packages are included."""
    credentials_given: bool = True
    """Whether the caller supplied any value of a triple, even an empty one. False if GitHub withholds secrets."""
    withheld: str = ""
    """Why GitHub gave this run no secrets; empty if it did. Empty values then count as not given."""
    token_source: str = ""
    """The command that gave the GitHub token; empty if the caller gave it, or if there is none."""
    in_workflow: bool = False
    """Whether the values come from a workflow's step, which gets them from Actions secrets and variables."""
    may_write: bool = True
    """Whether crreg may make changes in this run, and not only plan them."""
    web_url: str = WEB_URL
    """GitHub's address for a browser, without a slash at the end."""
    _derived: dict[Callable[["Facts"], Any], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def derived(self, make: Callable[["Facts"], Value]) -> Value:
        """Return `make(self)`, computed once: rules need it for each of many triples and images."""
        if make not in self._derived:
            self._derived[make] = make(self)
        made: Value = self._derived[make]
        return made

    def triple(self, identifier: str | None) -> TripleFact | None:
        """Return the triple with that identifier."""
        return self._triples.get(identifier) if identifier is not None else None

    def images_of(self, registry: str | None) -> tuple[ImageFact, ...]:
        """Return the images in that registry, in the order found."""
        return self._images.get(registry, ()) if registry is not None else ()

    def images_with(self, identifier: str) -> tuple[ImageFact, ...]:
        """Return the images whose registry that triple logs in to, in the order found."""
        return self._covered.get(identifier, ())

    def misnamed_as(self, name: str) -> tuple[MisnamedSecret, ...]:
        """Return the stored secrets that were probably meant to have this name."""
        return self._misnamed.get(name, ())

    @cached_property
    def _triples(self) -> Mapping[str, TripleFact]:
        # Reversed, so that the first of equal identifiers wins.
        return {triple.identifier: triple for triple in reversed(self.triples)}

    @cached_property
    def _images(self) -> Mapping[str, tuple[ImageFact, ...]]:
        named = ((image.reference.registry, image) for image in self.images if image.reference is not None)
        return by_key(named)

    @cached_property
    def _covered(self) -> Mapping[str, tuple[ImageFact, ...]]:
        return by_key((image.triple, image) for image in self.images if image.triple is not None)

    @cached_property
    def _misnamed(self) -> Mapping[str, tuple[MisnamedSecret, ...]]:
        return by_key((secret.meant, secret) for secret in self.misnamed if secret.level is not None)


def by_key(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, tuple[Value, ...]]:
    """Group the values by their keys, in the given order."""
    groups: dict[Key, list[Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in groups.items()}
