"""Which repositories and branches of an organization a run is about."""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crreg.organization.listed import Listed

_WILD = re.compile(r"[*?\[]")
_BRANCH = re.compile(r"(?!/|.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.|[/.]$))(?!\.)[^\x00-\x20\x7f~^:?*\[\\]{1,255}")
"""What git accepts as the name of a branch. Source: git-check-ref-format(1)"""


class SelectionError(ValueError):
    """A filter that can't be used; the message is for users."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters, which must all let a repository through; an empty one lets every repository through.

    Archived repositories are left out unless they are listed by name: they are read-only, and GitHub does not document
    whether a codespace can be created for one.
    """

    repositories: tuple[str, ...] = ()
    """Globs for names, or for full names if they contain a slash; one must match."""
    exclude: tuple[str, ...] = ()
    """Globs of the same kind; none may match."""
    topics: tuple[str, ...] = ()
    """The repository must have one of them."""
    properties: tuple[tuple[str, str], ...] = ()
    """Names and values of custom properties; the repository must have all of them."""
    changed_since: datetime | None = None
    """The last push must not be earlier."""
    branches: tuple[str, ...] = ()
    """Branches to read besides the default one, where they exist."""
    part: tuple[int, int] = (1, 1)
    """Which part of the organization, counted from 1, and of how many: each has the ids with the same remainder."""

    def __post_init__(self) -> None:
        """Check the branches; raises SelectionError."""
        for name in self.branches:
            if not _BRANCH.fullmatch(name):
                raise SelectionError(f"{name!r} can't be the name of a branch.")

    @property
    def is_everything(self) -> bool:
        """Whether there is no filter and no further branch."""
        return self == Selection()

    def takes(self, listed: Listed, pushed_at: datetime | None) -> bool:
        """Return whether a repository is selected; `pushed_at` is None if nobody has pushed to it."""
        return (
            self.has(listed.id)
            and (not self.repositories or matches(listed.full_name, self.repositories))
            and not matches(listed.full_name, self.exclude)
            and (not listed.is_archived or self._names(listed.full_name))
            and (not self.topics or bool({each.lower() for each in self.topics}.intersection(listed.topics)))
            and all(value in listed.properties.get(name, ()) for name, value in self.properties)
            and (self.changed_since is None or (pushed_at is not None and pushed_at >= self.changed_since))
        )

    def has(self, repository: int) -> bool:
        """Return whether a repository's id is in the part."""
        number, parts = self.part
        return repository % parts == number - 1

    def _names(self, full_name: str) -> bool:
        """Return whether a repository is listed by its name, without a wildcard."""
        return matches(full_name, [each for each in self.repositories if is_name(each)])


def parse_properties(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Parse `NAME=VALUE`; raises SelectionError."""
    pairs = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise SelectionError(f"{text!r} must be NAME=VALUE, a custom property and its value.")
        pairs.append((name, value))
    return tuple(pairs)


def is_name(glob: str) -> bool:
    """Return whether a glob is the name of one repository, without a wildcard."""
    return _WILD.search(glob) is None


def matches(full_name: str, globs: Sequence[str]) -> bool:
    """Return whether one of the globs matches the name, or the full name if the glob contains a slash."""
    full = full_name.lower()
    name = full.partition("/")[2]
    return any(fnmatch.fnmatchcase(full if "/" in glob else name, glob.lower()) for glob in globs)
