"""Which repositories need which triple, and which of them may have it; pure functions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from crreg.configuration.settings import Allowed, Visibility
from crreg.github.inventory import Secret
from crreg.github.levels import Level
from crreg.organization.listed import Listed
from crreg.organization.report import Checked
from crreg.organization.selection import is_name, matches
from crreg.triple import Part

_CLOSED = frozenset({"private", "internal"})
_UNLISTED = "its own secrets were not listed, and it may store some of the triple itself"


@dataclass(frozen=True, slots=True)
class Need:
    """A repository whose files ask for a triple. Many people can write files, so this is only a request."""

    repository: Listed
    triple: str
    """The identifier."""
    is_own: bool
    """Whether the repository stores a part of that name itself."""
    is_own_known: bool = True
    """Whether its own secrets were listed; until they are, it may store a part itself."""


@dataclass(frozen=True, slots=True)
class Permitted:
    """A repository that may be given access to a triple."""

    repository: Listed
    triple: str
    by: Allowed
    """The entry of `allow` that lists it."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A repository that needs a triple, has no access to it, and is given none."""

    repository: str
    """`owner/name`."""
    triple: str
    why: str
    """A clause."""
    is_unread: bool = False
    """Whether that is only because its own secrets were not listed, so that another run may give it access."""


def needs_of(checked: Iterable[Checked]) -> tuple[Need, ...]:
    """Return what the repositories need, each once however many of its branches were read; sorted."""
    needs: dict[tuple[str, str], Need] = {}
    for each in checked:
        own = {
            triple.identifier
            for triple in each.triples
            for part in triple.parts.values()
            if any(holding.level is Level.REPOSITORY for holding in part.holdings)
        }
        for identifier in each.needed:
            key = (each.name.lower(), identifier)
            others = needs.get(key, Need(each.listed, identifier, is_own=False))
            needs[key] = Need(
                each.listed,
                identifier,
                is_own=identifier in own or others.is_own,
                is_own_known=each.lists_own and others.is_own_known,
            )
    return tuple(need for _, need in sorted(needs.items()))


def allowed_by(repository: Listed, allow: Sequence[Allowed]) -> Allowed | None:
    """Return the entry of an organization's configuration that lists the repository; None if none does.

    A public repository or a fork must be listed by name: anyone can read a public repository, and the content of a fork
    comes from elsewhere.
    """
    by_name_only = repository.visibility not in _CLOSED or repository.is_fork
    for entry in allow:
        if entry.name:
            found = matches(repository.full_name, [entry.name])
            if found and (not by_name_only or is_name(entry.name)):
                return entry
        elif not by_name_only and (_has_topic(repository, entry) or _has_property(repository, entry)):
            return entry
    return None


def _has_topic(repository: Listed, entry: Allowed) -> bool:
    return bool(entry.topic) and entry.topic.lower() in repository.topics


def _has_property(repository: Listed, entry: Allowed) -> bool:
    if entry.property is None:
        return False
    name, value = entry.property
    return value in repository.properties.get(name, ())


def judged(
    needs: Iterable[Need], allow: Mapping[str, Sequence[Allowed]], stored: Mapping[str, Sequence[Secret]]
) -> Iterator[Permitted | Withheld]:
    """Decide about each need for a triple that `allow` has.

    `stored` has the organization's secrets of each triple. A repository that already has access keeps it and is not
    reported.
    """
    readers = {
        identifier: [
            (secret.visibility, frozenset(map(str.lower, secret.readers or ()))) for secret in secrets
        ]
        for identifier, secrets in stored.items()
    }
    for need in needs:
        if need.triple not in allow:
            continue
        entry = allowed_by(need.repository, allow[need.triple])
        why = _why_not(need, entry, stored.get(need.triple, ()))
        if entry is not None and not why and need.is_own_known:
            yield Permitted(need.repository, need.triple, entry)
            continue
        access = [_has_access(need.repository, *each) for each in readers.get(need.triple, ())]
        # A part that is not stored yet is created for others only.
        if len(access) < len(Part) or not all(access):
            yield Withheld(need.repository.full_name, need.triple, why or _UNLISTED, is_unread=not why)


def _why_not(need: Need, entry: Allowed | None, secrets: Iterable[Secret]) -> str:
    repository = need.repository
    if need.is_own:
        return f"it stores secrets of {need.triple} itself"
    if entry is None:
        if repository.visibility not in _CLOSED:
            return "it is public, and allow does not list it by name"
        return (
            "it is a fork, and allow does not list it by name"
            if repository.is_fork
            else "allow does not list it"
        )
    narrow = any(secret.visibility == Visibility.PRIVATE for secret in secrets)
    if narrow and repository.visibility not in _CLOSED:
        return f"it is public, and {need.triple} is for private and internal repositories only"
    return ""


def _has_access(repository: Listed, visibility: str | None, readers: frozenset[str]) -> bool:
    """Whether codespaces of the repository get an organization's secret of that visibility with these readers."""
    if visibility in {Visibility.ALL, Visibility.PRIVATE}:
        return visibility == Visibility.ALL or repository.visibility in _CLOSED
    return repository.full_name.lower() in readers
