"""What crreg knows about a registry provider."""

from collections.abc import Callable
from dataclasses import dataclass, field

from crreg.findings.remedy import Prose, Step
from crreg.registry.login.password import PasswordNature
from crreg.triple import Part, is_key

BOTH = (Part.USER, Part.PASSWORD)
"""The parts of a triple that a new credential changes if it comes with a new user name."""
USUAL_CAUSE = "The password is misspelled, or was changed, revoked or expired since it was stored."


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login as it was tried."""

    host: str
    """In lower case, without a port."""
    user: str = field(repr=False)
    password: str = field(repr=False)
    nature: PasswordNature
    identity: str = ""
    """The ARN that AWS named as the owner of the keys; empty otherwise."""


def user_name(attempt: Attempt) -> str | None:
    """Return USER if that names an account; an AWS access key id or a token names none."""
    return None if is_key(attempt.user) or attempt.user == attempt.password else attempt.user


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a remedy is about."""

    host: str
    """In lower case, without a port."""
    name: str | None = None
    """The provider's name for the account, which is not a secret; None if it is not known."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """How to get a credential that works and lasts."""

    steps: tuple[Step, ...]
    parts: tuple[Part, ...]
    """The parts of the triple that get a new value."""
    server: str | None = None
    """The new value of SERVER; None if the person has to find it."""
    user: str | None = None
    """The new value of USER where it is the same for everybody; None if the steps show it."""
    password_file: str | None = None
    """The file that the steps leave the new PASSWORD in; None if they show it."""
    cleanup: tuple[Step, ...] = ()
    """What to do once the new values are stored."""

    def value(self, part: Part) -> str | None:
        """The new value of a part that is known here; None for every PASSWORD."""
        return {Part.SERVER: self.server, Part.USER: self.user}.get(part)

    def asks(self) -> bool:
        """Whether someone has to give a value."""
        known = self.password_file is not None or all(self.value(part) is not None for part in self.parts)
        return not known


Grant = Callable[[Account, str], tuple[Step, ...]]
"""Makes the steps that give an account access to a repository of the registry (`dev/base`; empty if unknown)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of registries."""

    name: str
    hosts: tuple[str, ...]
    """Patterns of the hosts it serves, label by label: `*` is one label, a leading `**` one or more. Empty if people
    run it under names of their own."""
    identifier: str
    """A good identifier for a triple."""
    renew: Callable[[Account], Renewal]
    grant_pull: Grant
    grant_push: Grant
    create_repository: Grant = lambda account, repository: (
        Prose(f"Create the repository {repository} at {account.host}, then run crreg again."),
    )
    server: str | None = None
    """What SERVER must be where that is not the host."""
    public_users: frozenset[str] = frozenset()
    """Users that the provider gives to everybody, so that they are no secret and name nobody."""
    recognizes: Callable[[str], bool] = lambda _: False
    """Whether a host is served that no pattern can describe; the host is in lower case, without a port."""
    owns_user: Callable[[str], bool] = lambda _: False
    """Whether only this provider gives out such a user name; tells it under a host of somebody's own."""
    services: frozenset[str] = frozenset()
    """What its challenges call it (the service of Bearer, the realm of Basic), under whatever host."""
    cause: Callable[[Attempt], str] = lambda _: USUAL_CAUSE
    """Makes a sentence on why a login is usually refused; it quotes no value."""
    account: Callable[[Attempt], str | None] = user_name
    """Finds the name of the account in the values of a login; None if they don't show it."""
    note: Callable[[Attempt], str] = lambda _: ""
    """Makes a sentence on what GitHub does not document about this login; empty if there is nothing."""
    blocks: Callable[[str], bool] = lambda _: False
    """Whether the registry's words say that it refuses the address that asks, no matter who logs in.

    Registries have no code for that."""
    forbids_unknown: bool = False
    """Whether its token server answers 403, where others answer 401, to a password that it does not know."""
    stale_login_blocks_public: bool = False
    """Whether a refused login also keeps public images from being pulled."""
    page: str = "others.md"
    """The provider's page in docs/registries."""

    def serves(self, host: str) -> bool:
        """Whether this is a host of the provider's; `host` is in lower case, without a port."""
        return self.recognizes(host) or any(_matches(pattern, host) for pattern in self.hosts)


def _matches(pattern: str, host: str) -> bool:
    """Compare whole labels, so that `evilgcr.io` is not `gcr.io`."""
    wanted, found = pattern.split("."), host.split(".")
    if wanted[0] == "**":
        wanted, found = wanted[1:], found[-len(wanted) + 1 :] if len(found) >= len(wanted) else []
    return len(wanted) == len(found) and all(
        label in ("*", other) for label, other in zip(wanted, found, strict=True)
    )
