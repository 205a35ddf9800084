"""Which Codespaces secrets exist, at which level, and whether the repository may read them."""

import enum
from dataclasses import dataclass
from datetime import datetime

from crreg.github.errors import Reason
from crreg.github.levels import Level
from crreg.github.origins import Origins


class LevelStatus(enum.StrEnum):
    """Whether the secrets of a level are known."""

    LISTED = "listed"
    UNREADABLE = "unreadable"
    """The token can't list them."""
    UNREACHABLE = "unreachable"
    """GitHub could not be reached, or kept failing."""
    ABSENT = "absent"
    """The level does not exist: the owner is not an organization, or the token does not belong to a person."""
    NOT_ASKED = "not-asked"
    """They were not asked for, because nothing in the repository needs a login."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A Codespaces secret as the API lists it; its value can't be read."""

    name: str
    level: Level
    updated_at: datetime
    visibility: str | None = None
    """`all`, `private` or `selected`; None at repository level."""
    assigned: bool | None = None
    """Whether codespaces of the repository get it; None if unknown, or if the secret does not belong to a triple."""
    readers: tuple[str, ...] | None = None
    """Full names of the repositories selected to read it; None if its visibility is not `selected`, or if the list
    was not read."""
    created_at: datetime | None = None
    """None if the answer does not say it."""


@dataclass(frozen=True, slots=True)
class LevelInventory:
    """The secrets of one level."""

    level: Level
    status: LevelStatus
    secrets: tuple[Secret, ...] = ()
    detail: str = ""
    """Why the level is not listed, as a sentence; empty if it is."""
    permission: str = ""
    """The permission that the token needs to list the level, as GitHub's settings name it."""
    reason: Reason | None = None
    """Why the level is not listed, as far as a remedy depends on it; None if it is listed or the reason is unknown."""


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository whose codespaces are checked."""

    full_name: str
    """`owner/name` as GitHub spells it."""
    id: int
    visibility: str
    """`public`, `private` or `internal`."""
    owner: str
    owner_is_organization: bool
    may_write: bool | None = None
    """Whether the token's owner may write to it; None if GitHub does not say, for example for an App's token."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """One repository's Codespaces secrets, as GitHub lists them."""

    repository: Repository | None
    """None if the repository could not be read."""
    levels: tuple[LevelInventory, ...]
    """User, repository, organization, in order of precedence."""
    detail: str = ""
    """Why the repository could not be read, as a sentence; empty if it was."""
    actions_secrets: tuple[tuple[str, datetime], ...] | None = None
    """Name and update time of the Actions secrets that the repository sees; None if they were not requested (nothing
    to compare with) or could not be read."""
    token_expires_at: datetime | None = None
    """When the personal access token expires; None if it never does, if GitHub does not say, or for other kinds of
    token, which last only hours."""
    reason: Reason | None = None
    """Why the repository could not be read, as far as a remedy depends on it; None if it was read or the reason is
    unknown."""
    scopes: frozenset[str] | None = None
    """The scopes of the token; None if it has none because of its kind, or if they are not known."""
    is_enterprise_server: bool = False
    """Whether the GitHub that answered is an Enterprise Server, which has no Codespaces."""
    origins: Origins | None = None
    """Where this run's values come from, and the receipts of ensure; None if that was not requested, for example
    outside of the repository's workflow."""
