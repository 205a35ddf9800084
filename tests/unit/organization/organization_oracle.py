"""An organization's secrets before and after a repair, from GitHub's documentation and docs/organizations.md alone.

What a secret's copies mean to one repository is the oracle of levels; here are the repositories that share them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from tests.unit.rules.level_oracle import ELSEWHERE, HERE, PARTS, Answer, Copies, World, gets

REGISTRIES = {"ACR": "acme.azurecr.io", "GAR": "europe-docker.pkg.dev"}
"""The organization's triples, with the registry of each."""
STORED = ("", "all", "private", "selected")


@dataclass(frozen=True, slots=True)
class Member:
    """One repository of the organization."""

    number: int
    visibility: str
    is_fork: bool
    allowed: str
    """How the configuration's `allow` lists it: by its `name`, by a `glob`, or not at all."""
    selected: frozenset[str]
    """The parts that it is selected to read, of those that are stored for selected repositories."""
    own: frozenset[str]
    """The parts of ACR that it stores itself."""
    user: frozenset[str]
    """The parts of both triples that the token's owner stores for it."""
    image: str
    """`private` or `public` in the registry of ACR, `other` for a private one in that of GAR, or `elsewhere`."""
    is_listed: bool
    """Whether GitHub answers which secrets it stores itself."""

    @property
    def name(self) -> str:
        """The name without its owner."""
        return f"{ {'name': 'app', 'glob': 'web', '': 'new'}[self.allowed] }-{self.number}"

    def needs(self, triple: str) -> bool:
        """Whether its codespaces need a triple of the organization."""
        return self.image == {"ACR": "private", "GAR": "other"}[triple]


@dataclass(frozen=True, slots=True)
class Company:
    """The organization: who may read what is stored, and what the token may list."""

    stored: tuple[str, str, str]
    """Who may read SERVER, USER and PASSWORD, of either triple; empty for what is not stored."""
    members: tuple[Member, ...]
    may_list: bool = True
    shows_readers: bool = True
    login: str = "succeeded"
    """How the logins with this run's values end."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that are not stored."""
        return tuple(part for part, visibility in self._parts() if not visibility)

    def visibility(self, part: str) -> str:
        """Who may read a part."""
        return dict(self._parts())[part]

    def _parts(self) -> Iterator[tuple[str, str]]:
        return zip(PARTS, self.stored, strict=True)

    def seen_from(self, member: Member) -> World:
        """Return the secrets of a triple as one repository's codespaces find them, without what its owner has."""
        copies = (
            Copies(
                organization=(HERE if part in member.selected else ELSEWHERE) if who == "selected" else who
            )
            for part, who in self._parts()
        )
        first, second, third = copies
        return World((first, second, third), visibility=member.visibility)

    def reads(self, member: Member) -> frozenset[str]:
        """Return the parts of a triple that the repository's codespaces get from the organization."""
        world = self.seen_from(member)
        copies = ((part, world.copies(part).organization) for part in PARTS)
        return frozenset(part for part, copy in copies if gets(world, copy) is Answer.YES)

    def is_refused(self) -> bool:
        """Whether nothing may be written, even for a repository that needs it."""
        unseen = "selected" in self.stored and not self.shows_readers
        return not self.may_list or unseen or self.login != "succeeded"

    def receivers(self, triple: str) -> frozenset[Member]:
        """Return the repositories that must have the whole triple after the run."""
        return frozenset(
            member
            for member in self.members
            if member.is_listed and member.needs(triple) and self._may_have(member, triple)
        )

    def undecided(self, triple: str) -> frozenset[Member]:
        """Return the repositories that may need it, and that nobody can decide about before GitHub lists their own.

        Its codespaces may log in with secrets of its own, or need no login for a public image.
        """
        return frozenset(
            member
            for member in self.members
            if not member.is_listed
            and (member.needs(triple) or (triple == "ACR" and member.image == "public"))
            and self._may_have(member, triple)
            and self.reads(member) != frozenset(PARTS)
        )

    def _may_have(self, member: Member, triple: str) -> bool:
        """Whether the configuration allows it, and nothing that is listed speaks against it."""
        by_name_only = member.visibility == "public" or member.is_fork
        # GAR's allow is `*` alone.
        how = member.allowed if triple == "ACR" else "glob"
        stores = triple == "ACR" and bool(member.own) and member.is_listed
        return (
            how in ({"name"} if by_name_only else {"name", "glob"})
            and not stores
            and not (member.visibility == "public" and "private" in self.stored)
        )

    def with_member(self, member: Member) -> "Company":
        """Return the organization with another version of a repository."""
        members = (member if each.number == member.number else each for each in self.members)
        return replace(self, members=tuple(members))


def companies() -> Iterator[Company]:
    """Yield organizations with repositories of every kind: the same ones in each run of the tests."""
    for seed, (server, user, password) in enumerate(product(STORED, repeat=3)):
        yield generated((server, user, password), seed)
    for seed, stored in enumerate(
        (("", "", ""), ("selected",) * 3, ("all", "all", ""), ("selected", "private", "all"))
    ):
        company = generated(stored, -seed)
        yield replace(company, may_list=False)
        yield replace(company, shows_readers=False)
        yield replace(company, login="denied")
        yield replace(company, members=())


def generated(stored: tuple[str, str, str], seed: int) -> Company:
    """Return an organization with secrets for those readers, and 25 different repositories."""
    chosen = Random(seed).sample(_KINDS, 25)  # noqa: S311 - it chooses tests, no secrets
    return Company(stored, tuple(replace(kind, number=number) for number, kind in enumerate(chosen, 1)))


def _kinds() -> Iterator[Member]:
    everything = frozenset(PARTS)
    yield from (
        Member(0, *kind)
        for kind in product(
            ("private", "internal", "public"),
            (False, True),
            ("name", "glob", ""),
            (frozenset[str](), frozenset({"SERVER"}), everything - {"PASSWORD"}, everything),
            (frozenset[str](), frozenset({"PASSWORD"}), everything),
            (frozenset[str](), frozenset({"PASSWORD"}), everything),
            ("private", "public", "other", "elsewhere"),
            (True, True, True, False),
        )
    )


_KINDS = tuple(_kinds())
