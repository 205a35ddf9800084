"""The levels at which Codespaces secrets are stored, and which of several secrets of one name a codespace gets."""

import enum
from collections.abc import Iterable
from typing import Protocol, TypeVar


class Level(enum.StrEnum):
    """Where a Codespaces secret is stored; if a name exists at several levels, the first level here wins.

    Where that is only our assumption, `is_order_documented` is false.
    """

    USER = "user"
    REPOSITORY = "repository"
    ORGANIZATION = "organization"

    def hides(self, other: "Level") -> bool:
        """Whether a codespace gets this level's secret and not `other`'s of the same name, as far as known."""
        return _ORDER[self] < _ORDER[other]


_ORDER = {level: place for place, level in enumerate(Level)}


def is_order_documented(levels: Iterable[Level]) -> bool:
    """Whether GitHub documents which of these levels wins.

    It documents that a repository's secret overrides the organization's, and nothing about a user's.
    Source: https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-your-repository-or-organization
    """
    several = set(levels)
    return several == {Level.USER} or Level.USER not in several


def store_path(level: Level, repository: str) -> str:
    """Return the path of a level's secrets in GitHub's API.

    `repository` is `owner/name`; for an organization's secrets, its name is enough.
    """
    owners = {
        Level.USER: "/user",
        Level.REPOSITORY: f"/repos/{repository}",
        Level.ORGANIZATION: f"/orgs/{repository.partition('/')[0]}",
    }
    return f"{owners[level]}/codespaces/secrets"


class _AtLevel(Protocol):
    @property
    def level(self) -> Level: ...


class _Stored(_AtLevel, Protocol):
    @property
    def assigned(self) -> bool: ...


_AnyAtLevel = TypeVar("_AnyAtLevel", bound=_AtLevel)
_AnyStored = TypeVar("_AnyStored", bound=_Stored)


def by_precedence(items: Iterable[_AnyAtLevel]) -> tuple[_AnyAtLevel, ...]:
    """Return what is stored at several levels, the one that wins first."""
    return tuple(sorted(items, key=lambda item: _ORDER[item.level]))


def effective(items: Iterable[_AnyStored]) -> _AnyStored | None:
    """Return which of several secrets of one name a codespace is assumed to get: of those that are assigned, the first.

    If none is assigned, return the one to assign: a user's would help nobody else. None if there are none at all.
    """

    def rank(item: _AnyStored) -> tuple[bool, int]:
        # False sorts before True.
        return (not item.assigned, _ORDER[item.level] if item.assigned else -_ORDER[item.level])

    return min(items, key=rank, default=None)
