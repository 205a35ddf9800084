"""Which Codespaces secrets exist, at which level, and whether the repository may read them."""

import enum
from dataclasses import dataclass
from datetime import datetime

from crreg.github.errors import Reason
from crreg.github.origins import Origins


class Level(enum.StrEnum):
    """Where a Codespaces secret is kept; of one name at several levels the first here counts.

    GitHub documents that of repository and organization; that a user's goes first is not documented.
    """

    USER = "user"
    REPOSITORY = "repository"
    ORGANIZATION = "organization"


class LevelStatus(enum.StrEnum):
    """Whether the secrets of a level are known."""

    LISTED = "listed"
    UNREADABLE = "unreadable"
    """The token may not list them."""
    UNREACHABLE = "unreachable"
    """GitHub could not be reached, or kept failing."""
    ABSENT = "absent"
    """The level does not exist: the owner is no organization, or the token belongs to no person."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A Codespaces secret as the API lists it; its value can't be read."""

    name: str
    level: Level
    created_at: datetime
    updated_at: datetime
    visibility: str | None = None
    """`all`, `private` or `selected`; None at repository level."""
    assigned: bool | None = None
    """Whether codespaces of the repository get it; None if that was not asked, since the secret is no part
    of a triple."""
    readers: tuple[str, ...] | None = None
    """Full names of the repositories selected to read it; None if every one is that its visibility admits, or if
    the list was not read."""


@dataclass(frozen=True, slots=True)
class LevelInventory:
    """The secrets of one level."""

    level: Level
    status: LevelStatus
    secrets: tuple[Secret, ...] = ()
    detail: str = ""
    """Why the level is not listed, in plain words; empty where it is."""
    permission: str = ""
    """The permission that the token needs to list the level, as GitHub's settings name it."""
    reason: Reason | None = None
    """Why the level is not listed, as far as a remedy depends on it; None where it is, or where that is not known."""


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
    """Whether the token's person may write to it; None if GitHub does not tell, as to an App's own token."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What GitHub said about one repository's Codespaces secrets."""

    repository: Repository | None
    """None if the repository could not be read."""
    levels: tuple[LevelInventory, ...]
    """User, repository, organization, in the order in which they win."""
    detail: str = ""
    """Why the repository could not be read, in plain words; empty where it was."""
    actions_secrets: tuple[tuple[str, datetime], ...] | None = None
    """Name and update time of the Actions secrets that the repository sees; None if they were not
    requested (nothing to compare with) or could not be read."""
    token_expires_at: datetime | None = None
    """When the personal access token that asked stops working; None if it has no end, GitHub does not tell, or it is
    another kind of token, which lasts hours by its nature."""
    reason: Reason | None = None
    """Why the repository could not be read, as far as a remedy depends on it; None where it was, or where that is not
    known."""
    origins: Origins | None = None
    """Where this run's values come from, and the receipts of ensure; None if that was not asked, since this is no step
    of the repository's workflow, say."""
