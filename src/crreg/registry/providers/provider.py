"""What crreg knows about a registry provider."""

from collections.abc import Callable
from dataclasses import dataclass, field

from crreg.findings.remedy import Prose, Step
from crreg.registry.issued_keys import is_key
from crreg.registry.login.password import PasswordNature
from crreg.triple import Part

BOTH = (Part.USER, Part.PASSWORD)
"""The parts of a triple that change if a new credential has a new user name."""
USUAL_CAUSE = "The password is misspelled, or it was changed, was revoked or expired after it was stored."


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that was tried."""

    host: str
    """Lower case, without a port."""
    user: str = field(repr=False)
    password: str = field(repr=False)
    nature: PasswordNature
    identity: str = ""
    """The ARN of the owner of the keys, according to AWS; empty otherwise."""


def user_name(attempt: Attempt) -> str | None:
    """Return USER if it is the name of an account; None for an AWS access key ID or a token."""
    return None if is_key(attempt.user) or attempt.user == attempt.password else attempt.user


@dataclass(frozen=True, slots=True)
class Account:
    """The account that a remedy is about."""

    host: str
    """Lower case, without a port."""
    name: str | None = None
    """The provider's name for the account, which is not a secret; None if it is not known."""

    @property
    def renewed(self) -> tuple[Part, ...]:
        """The parts of a triple that change with a new token of this account; both if another account may get it."""
        return BOTH if self.name is None else (Part.PASSWORD,)


@dataclass(frozen=True, slots=True)
class Renewal:
    """How to get a new, durable credential."""

    steps: tuple[Step, ...]
    parts: tuple[Part, ...]
    """The parts of the triple that get a new value."""
    server: str | None = None
    """The new value of SERVER; None if the user has to find it."""
    user: str | None = None
    """The new value of USER if it is the same for everyone; None if the steps show it."""
    password_file: str | None = None
    """The file in which the steps store the new PASSWORD; None if they show it."""
    cleanup: tuple[Step, ...] = ()
    """What to do once the new values are stored."""

    def value(self, part: Part) -> str | None:
        """Return the new value of a part if it is known; always None for PASSWORD."""
        return {Part.SERVER: self.server, Part.USER: self.user}.get(part)

    def asks(self) -> bool:
        """Return whether the user has to enter a value."""
        known = self.password_file is not None or all(self.value(part) is not None for part in self.parts)
        return not known


Grant = Callable[[Account, str], tuple[Step, ...]]
"""Makes the steps that give an account access to a repository (`dev/base`; empty if unknown)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider of registries."""

    name: str
    hosts: tuple[str, ...]
    """Patterns of its hosts, label by label: `*` is one label, a leading `**` one or more. Empty if customers run it
    on their own hosts."""
    identifier: str
    """The suggested identifier for a triple."""
    renew: Callable[[Account], Renewal]
    grant_pull: Grant
    grant_push: Grant
    create_repository: Grant = lambda account, repository: (
        Prose(f"Create the repository {repository} at {account.host}, then run crreg again."),
    )
    server: str | None = None
    """What SERVER must be if it is not the host."""
    public_users: frozenset[str] = frozenset()
    """User names that every customer shares, so that they are not secret and identify nobody."""
    recognizes: Callable[[str], bool] = lambda _: False
    """Whether it serves a host that no pattern can describe; the host is lower case, without a port."""
    owns_user: Callable[[str], bool] = lambda _: False
    """Whether only this provider has such a user name, which identifies it on a custom host."""
    services: frozenset[str] = frozenset()
    """Its name in challenges (the service of Bearer, the realm of Basic), on any host."""
    cause: Callable[[Attempt], str] = lambda _: USUAL_CAUSE
    """Makes a sentence on the usual reason for a refused login; it quotes no value."""
    account: Callable[[Attempt], str | None] = user_name
    """Finds the account's name in the values of a login; None if they don't contain it."""
    note: Callable[[Attempt], str] = lambda _: ""
    """Makes a sentence on anything that GitHub does not document about this login, or an empty string."""
    blocks: Callable[[str], bool] = lambda _: False
    """Whether the registry's message says that it blocks the client's address for every user.

    Registries have no error code for that."""
    full: tuple[str, ...] = ()
    """Words in lower case with which it says, with status 400 or 403, that its storage is full.

    Registries have no error code for that."""
    immutable: tuple[str, ...] = ()
    """Words in lower case, or a code, with which it says that a tag exists and can't be overwritten."""
    forbids_unknown: bool = False
    """Whether its token server returns 403 for a wrong password, where others return 401."""
    stale_login_blocks_public: bool = False
    """Whether a refused login also prevents pulls of public images."""
    page: str = "others.md"
    """The provider's page in docs/registries."""

    def serves(self, host: str) -> bool:
        """Return whether this is one of the provider's hosts; `host` is lower case, without a port."""
        return self.recognizes(host) or any(_matches(pattern, host) for pattern in self.hosts)


def _matches(pattern: str, host: str) -> bool:
    """Compare whole labels, so that `evilgcr.io` is not `gcr.io`."""
    wanted, found = pattern.split("."), host.split(".")
    if wanted[0] == "**":
        wanted, found = wanted[1:], found[-len(wanted) + 1 :] if len(found) >= len(wanted) else []
    return len(wanted) == len(found) and all(
        label in ("*", other) for label, other in zip(wanted, found, strict=True)
    )
