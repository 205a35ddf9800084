"""What a codespace gets from the three levels of secrets, from GitHub's documentation alone: nothing here is crreg's.

Sources:
- Names, levels, access policies, and which level wins:
  https://docs.github.com/en/codespaces/managing-codespaces-for-your-organization/managing-development-environment-secrets-for-your-repository-or-organization
- A user's secret and its repositories:
  https://docs.github.com/en/codespaces/managing-your-codespaces/managing-your-account-specific-secrets-for-github-codespaces
- `private` means private and internal repositories:
  https://docs.github.com/en/rest/codespaces/organization-secrets#create-or-update-an-organization-secret
- Who gets no secrets at all, and codespaces for a pull request from a fork:
  https://docs.github.com/en/codespaces/reference/security-in-github-codespaces

GitHub documents that a repository's secret overrides its organization's, and nothing about a user's (assumption U1).
"""

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product, starmap
from typing import Any

PARTS = ("SERVER", "USER", "PASSWORD")
HERE, ELSEWHERE = "selected here", "selected elsewhere"
USER_COPIES = ("", HERE, ELSEWHERE)
REPOSITORY_COPIES = ("", "stored")
ORGANIZATION_COPIES = ("", "all", "private", HERE, ELSEWHERE)


class Answer(enum.IntEnum):
    """Whether something holds, as far as the token can see."""

    NO = 0
    MAYBE = 1
    YES = 2


class Codespace(enum.Enum):
    """What a codespace was created from, and whether its user can write to that repository."""

    WRITER = "a branch of the repository, by somebody who can write to it"
    READER = "a branch of the repository, by somebody who can only read it"
    PULL_REQUEST = "a pull request from a fork, by somebody who can write to the repository"


@dataclass(frozen=True, slots=True)
class Copies:
    """The copies of one secret, by level; empty where there is none."""

    user: str = ""
    repository: str = ""
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """What the token may list."""

    user: bool = True
    organization: bool = True
    readers: bool = True
    """Whether it may list the repositories that are selected to read a secret."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the verdict about one repository with one private image depends on."""

    parts: tuple[Copies, Copies, Copies]
    """Of SERVER, USER and PASSWORD."""
    visibility: str = "private"
    """The repository's."""
    owner_is_organization: bool = True
    token: Token = Token()
    login: str = "works"
    """How the login with this run's values ended: `works`, `refused`, `unreachable`; `partial` without a PASSWORD, and
    `untried` without any value."""
    image: str = "private"
    """`private`, `public`, or `elsewhere` for a public one in another registry."""

    def copies(self, part: str) -> Copies:
        """Return the copies of a part."""
        return self.parts[PARTS.index(part)]

    def with_copy(self, part: str, level: str, copy: str) -> "World":
        """Return the world with another copy of a part at a level."""
        first, second, third = (
            replace(copies, **{level: copy}) if name == part else copies
            for name, copies in zip(PARTS, self.parts, strict=True)
        )
        return replace(self, parts=(first, second, third))


def gets(world: World, copy: str) -> Answer:
    """Whether codespaces of the repository get an organization's or a user's secret with this access."""
    if copy in {HERE, ELSEWHERE} and not world.token.readers:
        return Answer.MAYBE
    readable = {"all": True, "private": world.visibility != "public", HERE: True}
    return Answer.YES if readable.get(copy, False) else Answer.NO


def everybody_gets(world: World, part: str) -> Answer:
    """Whether the codespaces of everybody get a part."""
    copies = world.copies(part)
    if copies.repository:
        return Answer.YES
    if not world.owner_is_organization:
        return Answer.NO
    return gets(world, copies.organization) if world.token.organization else Answer.MAYBE


def owner_gets(world: World, part: str) -> Answer:
    """Whether the codespaces of the token's owner get a part; a secret of theirs that is not seen does not count."""
    own = gets(world, world.copies(part).user) if world.token.user else Answer.NO
    return max(own, everybody_gets(world, part))


def codespace_gets(world: World, part: str, codespace: Codespace) -> Answer:
    """Whether a codespace of the token's owner gets a part."""
    return owner_gets(world, part) if codespace is Codespace.WRITER else Answer.NO


def fork_of(world: World, *, of_person: bool) -> World:
    """Return what a fork finds of its upstream's secrets: those that the organization of both gives every repository.

    GitHub names no exception for forks: a repository's secret is that repository's, and a selected list names it alone.
    """

    def left(copies: Copies) -> Copies:
        given = copies.organization if copies.organization in {"", "all", "private"} else ELSEWHERE
        return Copies(ELSEWHERE if copies.user else "", "", "" if of_person else given)

    first, second, third = map(left, world.parts)
    return replace(world, parts=(first, second, third), owner_is_organization=not of_person)


def undocumented(world: World, part: str) -> bool:
    """Whether the token's owner may get either of two values, and nobody documents which."""
    own = gets(world, world.copies(part).user) if world.token.user else Answer.NO
    return Answer.NO not in {own, everybody_gets(world, part)}


def verdict(world: World) -> str:
    """Return the verdict that is justified.

    Every codespace must be proven to start for `healthy`. For `unhealthy`, none may start: a triple that one person
    has for themselves is no proof that the others need it.
    """
    if min(owner_gets(world, part) for part in PARTS) is Answer.NO or world.login == "refused":
        return "unhealthy"
    everybody = min(everybody_gets(world, part) for part in PARTS)
    doubtful = any(undocumented(world, part) for part in PARTS)
    proven = everybody is Answer.YES and not doubtful and world.login == "works"
    return "healthy" if proven else "unknown"


EVERY_COPY = tuple(starmap(Copies, product(USER_COPIES, REPOSITORY_COPIES, ORGANIZATION_COPIES)))
AS_READ = tuple(copies for copies in EVERY_COPY if copies.organization not in {"all", "private"})
"""Without the access policies that mean the same to a private repository as `selected here`."""


def pairs(every: Iterable[Copies], **more: Any) -> Iterator[World]:
    """Yield worlds in which PASSWORD has other copies than the rest."""
    for rest, password in product(every, repeat=2):
        yield World((rest, rest, password), **more)


def worlds() -> Iterator[World]:
    """Yield every world, but for those that differ only in what the token can't see or in which part is which."""
    yield from map(World, combinations_with_replacement(AS_READ, 3))
    yield from pairs([each for each in EVERY_COPY if not each.user], visibility="public")
    yield from pairs(AS_READ, visibility="internal", token=Token(readers=False))
    yield from pairs((each for each in AS_READ if not each.user), token=Token(user=False))
    yield from pairs([each for each in AS_READ if not each.organization], token=Token(organization=False))
    yield from pairs([each for each in AS_READ if not each.organization], owner_is_organization=False)
    for how in ("refused", "unreachable", "partial", "untried"):
        yield from pairs([each for each in AS_READ if each.user != ELSEWHERE], login=how)
