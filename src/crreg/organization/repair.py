"""The plan that repairs an organization's secrets: from what was found to what is written; pure functions."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crreg.configuration.settings import Allowed, RegistrySettings, Settings
from crreg.ensure.change import Action, Change, Plan
from crreg.ensure.desired import Desired, DesiredTriple, Trial, values_of
from crreg.ensure.planning import plan
from crreg.facts.model import by_key
from crreg.facts.triples import server_of
from crreg.github.inventory import Inventory, LevelInventory, LevelStatus, Repository, Secret
from crreg.github.levels import Level
from crreg.github.origins import Origin, Origins, Store
from crreg.organization.allowing import Need, Permitted, Withheld, judged
from crreg.organization.listed import Listed
from crreg.printable import OURS
from crreg.registry.outcome import LoginResult
from crreg.remedies.wording import listing
from crreg.triple import Part, Triple, parse_name


@dataclass(frozen=True)
class Found:
    """What a plan is made from."""

    organization: str
    settings: Settings
    """The configuration beside the workflow; a scanned repository's has no part in this."""
    needs: Sequence[Need]
    values: Mapping[str, Triple] = field(repr=False)
    """The given triples."""
    logins: Mapping[str, LoginResult]
    secrets: LevelInventory
    """The organization's, with the repositories that are selected for each."""
    actions_secrets: tuple[tuple[str, datetime], ...] | None = None
    """The Actions secrets of the repository that runs the workflow; see `Inventory`."""
    attempted_at: datetime | None = None
    """When that workflow's run began, and its Actions secrets were read; None if unknown."""

    @property
    def place(self) -> Repository:
        """The organization as a repository, which is what planning and writing take."""
        return Repository(self.organization, 0, "private", self.organization, owner_is_organization=True)

    @property
    def inventory(self) -> Inventory:
        """The organization's secrets in the form that the planning of one repository takes."""
        dates = dict(self.actions_secrets or ())
        origins = Origins(
            found={name: (Origin(Store.REPOSITORY_SECRET, date),) for name, date in dates.items()},
            attempted_at=self.attempted_at,
        )
        return Inventory(self.place, (self.secrets,), actions_secrets=self.actions_secrets, origins=origins)


@dataclass(frozen=True, slots=True)
class Wanted:
    """The desired state, and why."""

    desired: Desired
    permitted: tuple[Permitted, ...]
    withheld: tuple[Withheld, ...]

    @property
    def ids(self) -> dict[str, int]:
        """GitHub's number of each repository that may get access, by full name."""
        return {each.repository.full_name: each.repository.id for each in self.permitted}


@dataclass(frozen=True, slots=True)
class Grant:
    """New access of one repository to one triple."""

    repository: Listed
    triple: str
    registry: str | None
    """The host that the triple logs in to."""
    parts: tuple[Part, ...]
    """Those that the repository could not read before."""
    by: Allowed
    """The entry of the configuration that allows it."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Everything that would be granted and written, to be reviewed."""

    plan: Plan
    grants: tuple[Grant, ...]
    """Every new access, sorted by repository."""
    withheld: tuple[Withheld, ...]
    digest: str = field(metadata={OURS: True})
    """`sha256:` and the hash of the plan; see `digest_of`."""
    registries: Mapping[str, str | None] = field(default_factory=dict)
    """The host that each triple logs in to, by identifier."""


def wanted(found: Found, *, force: bool, notes: Sequence[str] = ()) -> Wanted:
    """Return the desired state of the triples that the configuration lets someone have.

    A triple without all its values is left alone, because nothing shows that it works. So is one that is not stored
    if nobody would get it.
    """
    allow = {
        identifier: registry.allow
        for identifier, registry in found.settings.registries.items()
        if registry.allow is not None
    }
    stored = _stored(found.secrets.secrets)
    decided = tuple(judged(found.needs, allow, stored))
    permitted = tuple(each for each in decided if isinstance(each, Permitted))
    triples: list[DesiredTriple] = []
    all_notes = list(notes)
    for identifier in sorted(allow):
        repositories = tuple(each.repository.full_name for each in permitted if each.triple == identifier)
        why = _left_alone(found, identifier, stored, repositories)
        if why:
            all_notes.append(why)
        else:
            triples.append(_desired(found, found.settings.registries[identifier], repositories))
    others = sorted(found.values.keys() - allow.keys())
    if others:
        all_notes.append(f"Nothing is written for {listing(others)}: the configuration has no allow for it.")
    return Wanted(
        Desired(found.organization, tuple(triples), force, notes=tuple(all_notes)),
        permitted,
        tuple(each for each in decided if isinstance(each, Withheld)),
    )


def _stored(secrets: Iterable[Secret]) -> dict[str, tuple[Secret, ...]]:
    """Group the secrets that are parts of triples by identifier."""
    return by_key(
        (name.identifier, secret) for secret in secrets if (name := parse_name(secret.name)) is not None
    )


def _left_alone(
    found: Found,
    identifier: str,
    stored: Mapping[str, Sequence[Secret]],
    repositories: Sequence[str],
) -> str:
    """Return why nothing is done for a triple, as a sentence; empty if something may be."""
    value = found.values.get(identifier)
    rotated = found.settings.registries[identifier].rotate is not None
    lacking = value.missing if value is not None else tuple(Part)
    if rotated:
        lacking = tuple(part for part in lacking if part is Part.SERVER)
    if lacking:
        return f"Nothing is written for {identifier}: this run has no {listing(lacking)} to log in with."
    is_partial = found.secrets.status is LevelStatus.LISTED and len(stored.get(identifier, ())) < len(Part)
    if is_partial and not repositories:
        return f"Nothing is written for {identifier}: no repository that may have it needs it."
    return ""


def _desired(found: Found, registry: RegistrySettings, repositories: tuple[str, ...]) -> DesiredTriple:
    value = found.values[registry.identifier]
    rotated = registry.rotate is not None
    values = values_of(value)
    return DesiredTriple(
        registry.identifier,
        Level.ORGANIZATION,
        {Part.SERVER: values[Part.SERVER]} if rotated else values,
        # What one repository's images are is no reason to keep a working credential from the others.
        Trial() if rotated else Trial(found.logins.get(registry.identifier)),
        server_of(value, registry).registry,
        registry.server,
        registry.visibility,
        repositories,
        registry.max_age,
        rotated,
        registry.location,
    )


def repair_of(want: Wanted, inventory: Inventory, now: datetime, ignore: frozenset[str]) -> Repair:
    """Plan what must be written, and list what that grants."""
    made = plan(want.desired, inventory, now, ignore)
    registries = {triple.identifier: triple.registry for triple in want.desired.triples}
    grants = tuple(_grants(made, want, registries))
    readers = {each.repository.full_name: each.repository for each in want.permitted}
    return Repair(made, grants, want.withheld, digest_of(made, readers, registries), registries)


def _grants(made: Plan, want: Wanted, registries: Mapping[str, str | None]) -> Iterator[Grant]:
    parts = by_key(
        ((change.triple, repository), change.part)
        for change in made.writes
        for repository in change.repositories
    )
    for each in want.permitted:
        granted = parts.get((each.triple, each.repository.full_name))
        if granted:
            yield Grant(each.repository, each.triple, registries[each.triple], granted, each.by)


def digest_of(made: Plan, readers: Mapping[str, Listed], registries: Mapping[str, str | None]) -> str:
    """Return a hash of what a plan writes and grants, without any value.

    It covers the registry of each triple, and each reader's number besides its name: a repository that was deleted and
    created again has another digest. It also covers who can read a value after all: the visibility of each secret,
    and of each repository that gets access. Reasons are left out, since they change with time.

    Args:
        made: the plan.
        readers: the repositories that may get access, by full name.
        registries: the registry of each triple, by identifier.
    """
    writes = sorted(_written(change, readers, registries) for change in made.writes)
    text = json.dumps([made.repository.lower(), writes], separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _written(
    change: Change, readers: Mapping[str, Listed], registries: Mapping[str, str | None]
) -> list[str]:
    given = (readers[name] for name in change.repositories)
    grants = sorted(f"{each.full_name.lower()}={each.id} {each.visibility}" for each in given)
    visibility = "" if change.action is Action.ASSIGN else change.visibility
    return [change.action, change.name, registries[change.triple] or "", visibility or "", *grants]
