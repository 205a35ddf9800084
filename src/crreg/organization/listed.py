"""The repositories of an organization, as GitHub lists them, and what their files say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from crreg.discovery.found import Discovery


@dataclass(frozen=True, slots=True)
class Listed:
    """One repository of the list."""

    id: int
    """GitHub's number, which stays when the repository is renamed."""
    full_name: str
    """`owner/name` as GitHub spells it."""
    visibility: str
    """`public`, `private` or `internal`."""
    branch: str
    """The default branch; empty for a repository without commits."""
    commit: str
    """The object id of the branch's commit; empty for a repository without commits."""
    is_archived: bool = False
    is_fork: bool = False
    topics: tuple[str, ...] = ()
    properties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The values of custom properties by name; empty unless they were asked for, as topics are."""


@dataclass(frozen=True, slots=True)
class Files:
    """What the files of one branch of a repository say."""

    discovery: Discovery
    configuration: str | None = None
    """The text of `.github/crreg.yml` or `.yaml`; None if there is none."""
    configuration_path: str = ""
    """Its path; empty if there is none."""
    configuration_trouble: str = ""
    """Why it can't be read, to follow its path; empty if it was read, or if there is none."""


@dataclass(frozen=True, slots=True)
class Read:
    """A repository and what its files say."""

    listed: Listed
    files: Files | None
    """None if they could not be read."""
    trouble: str = ""
    """Why they could not be read, as a clause to follow the repository's name; empty if they were read."""
    is_remembered: bool = False
    """Whether the files are those of an earlier run, because the commit is the same."""


class Remembered(Protocol):
    """What earlier runs remember of files."""

    def files(self, repository: int, commit: str) -> Files | None:
        """Return what the files of that commit say; None if this version of crreg has not read them."""

    def keep(self, listed: Listed, files: Files) -> None:
        """Remember what the files of the repository's commit say."""
