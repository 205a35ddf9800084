"""Questions about a triple: which parts are missing or not assigned, and whether an image needs it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crreg.discovery.found import Source
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts, Holding, PartFact, TripleFact
from crreg.facts.package_access import can_be_pulled, needs_no_secret
from crreg.github.inventory import LevelStatus
from crreg.github.levels import Level
from crreg.github.package import PackageStatus
from crreg.registry.outcome import LoginOutcome, PullOutcome
from crreg.triple import Part, SecretName

ANSWERS = frozenset(
    {
        PullOutcome.AVAILABLE,
        PullOutcome.PUBLIC,
        PullOutcome.NOT_FOUND,
        PullOutcome.NO_PLATFORM,
        PullOutcome.DENIED,
        PullOutcome.FORBIDDEN,
    }
)
"""The registry answered for the image, with yes or no."""
DENIALS = frozenset({PullOutcome.DENIED, PullOutcome.FORBIDDEN})
"""The registry answered, and the answer was no."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part of a triple under its secret's name, with the holding that a codespace gets."""

    part: Part
    name: str
    holding: Holding


def level_status(facts: Facts, level: Level) -> LevelStatus | None:
    """Return what is known about a level; None if GitHub was not queried."""
    levels = facts.inventory.levels if facts.inventory else ()
    return next((listed.status for listed in levels if listed.level is level), None)


def absence_known(facts: Facts) -> bool:
    """Whether a secret that was not seen is certainly missing.

    The user level does not count: one person's secret is not a secret of the repository.
    """
    if facts.inventory is None or facts.inventory.repository is None:
        return False
    organization = level_status(facts, Level.ORGANIZATION)
    return level_status(facts, Level.REPOSITORY) is LevelStatus.LISTED and organization in {
        LevelStatus.LISTED,
        LevelStatus.ABSENT,
    }


def secret_name(triple: TripleFact, part: Part) -> str:
    """Return the name under which a codespace looks for a part."""
    return str(SecretName(triple.identifier, part))


def stored_parts(triple: TripleFact) -> tuple[StoredPart, ...]:
    """Return the parts that are stored at any level."""
    return tuple(
        StoredPart(part, secret_name(triple, part), holding)
        for part in Part
        if (holding := triple.parts[part].effective) is not None
    )


def absent_parts(facts: Facts, triple: TripleFact) -> tuple[Part, ...]:
    """Return the parts that are stored at no level; empty if that is not known."""
    if not absence_known(facts):
        return ()
    return tuple(part for part in Part if not triple.parts[part].holdings)


def missing_parts(facts: Facts, triple: TripleFact) -> tuple[Part, ...]:
    """Return the absent parts that no stored secret with a nearly right name explains."""
    return tuple(
        part for part in absent_parts(facts, triple) if not facts.misnamed_as(secret_name(triple, part))
    )


def unassigned_parts(facts: Facts, triple: TripleFact) -> tuple[StoredPart, ...]:
    """Return the parts that are stored, but not assigned to this repository; empty if that is not known."""
    if not absence_known(facts):
        return ()
    return tuple(stored for stored in stored_parts(triple) if not stored.holding.assigned)


def unshown_parts(triple: TripleFact) -> tuple[StoredPart, ...]:
    """Return the parts of which no copy is certainly assigned, because GitHub did not show who may read one."""
    return tuple(
        StoredPart(part, secret_name(triple, part), unshown[0])
        for part in Part
        if (unshown := [each for each in triple.parts[part].holdings if not each.readers_known])
        and not any(each.assigned and each.readers_known for each in triple.parts[part].holdings)
    )


def own_parts(triple: TripleFact) -> tuple[StoredPart, ...]:
    """Return the parts that only the codespaces of one person get: no other copy is assigned than the user's."""
    return tuple(
        stored
        for stored in stored_parts(triple)
        if {each.level for each in triple.parts[stored.part].holdings if each.assigned} == {Level.USER}
    )


def complete(triple: TripleFact) -> bool:
    """Whether codespaces get all three parts."""
    stored = stored_parts(triple)
    return len(stored) == len(Part) and all(part.holding.assigned for part in stored)


def faulty(facts: Facts, triple: TripleFact | None) -> bool:
    """Whether the triple itself has a fault, which then explains what happens to its images."""
    if triple is None:
        return False
    failed = triple.login is not None and triple.login.outcome not in {
        LoginOutcome.SUCCEEDED,
        LoginOutcome.SKIPPED,
    }
    return failed or bool(absent_parts(facts, triple)) or bool(unassigned_parts(facts, triple))


def only_slows(images: Iterable[ImageFact]) -> bool:
    """Whether the images are mere caches."""
    return all(image.is_cache for image in images)


def needs_secrets(facts: Facts) -> bool:
    """Whether anything here depends on secrets: a triple, or an image that needs a login."""
    return bool(facts.triples) or any(
        not needs_no_secret(facts, image) for image in facts.images if image.reference is not None
    )


def needed(facts: Facts, triple: TripleFact) -> bool:
    """Whether a codespace may fail without the triple.

    It may if the configuration asks for it, or an image that needs a login is in its registry, or, if the registry is
    not known, no other triple covers some image.
    """
    if triple.configured is not None:
        return True
    need = facts.derived(_needs)
    return triple.server in need.registries if triple.server is not None else need.uncovered


@dataclass(frozen=True, slots=True)
class _Needs:
    """What the images need that a codespace does not get without a secret."""

    registries: frozenset[str]
    uncovered: bool
    """Whether one of them is in a registry that no known triple is for."""


def _needs(facts: Facts) -> _Needs:
    needing = [
        image
        for image in facts.images
        if image.reference is not None
        and image.source is not Source.CACHE
        and not needs_no_secret(facts, image)
    ]
    return _Needs(
        frozenset(image.reference.registry for image in needing if image.reference is not None),
        any(image.coverage is not Coverage.COVERED for image in needing),
    )


def secrets_unseen(facts: Facts) -> bool:
    """Whether something needs secrets, and those that a codespace gets could not be listed."""
    if level_status(facts, Level.REPOSITORY) is LevelStatus.NOT_ASKED:
        return False
    return needs_secrets(facts) and not (absence_known(facts) or kept_by_repository(facts))


def silent_packages(facts: Facts) -> frozenset[str]:
    """Return the registries of the packages that GitHub did not answer for."""
    return frozenset(
        name.partition("/")[0]
        for name, package in facts.packages.items()
        if package.status is PackageStatus.UNREACHABLE
    )


def untested(triple: TripleFact) -> bool:
    """Whether no login was tried, because some of the triple's values were not passed."""
    return not all(triple.parts[part].at_hand for part in Part)


def unanswered(facts: Facts) -> tuple[ImageFact, ...]:
    """Return the images that a codespace was not proven to get, with the login that it would use.

    A cache that the registry answered for is left out, whatever the answer: a build continues without it.
    """
    stored = {triple.identifier: triple for triple in facts.triples if triple.stored}
    return tuple(image for image in facts.images if not _is_answered(facts, image, stored))


def _is_answered(facts: Facts, image: ImageFact, stored: Mapping[str, TripleFact]) -> bool:
    if image.source is Source.CACHE and image.outcome in ANSWERS:
        return True
    triple = stored.get(image.triple or "")
    if image.outcome is PullOutcome.PUBLIC and triple is not None and untested(triple):
        # The codespace would log in there first, and a registry may refuse even a public image to a bad login.
        return False
    return can_be_pulled(facts, image)


def kept_by_repository(facts: Facts) -> bool:
    """Whether the repository itself stores every needed triple, so that nothing depends on its organization.

    A repository's secret overrides the organization's, so a token that can't list those is enough. False if GitHub did
    not answer: the next run may know more.
    """
    statuses = (level_status(facts, Level.REPOSITORY), level_status(facts, Level.ORGANIZATION))
    if statuses != (LevelStatus.LISTED, LevelStatus.UNREADABLE):
        return False
    whole = {triple.identifier for triple in facts.triples if all(map(_at_repository, triple.parts.values()))}
    needing = [
        image for image in facts.images if image.reference is not None and not needs_no_secret(facts, image)
    ]
    return all(image.triple in whole for image in needing) and all(
        triple.identifier in whole for triple in facts.triples if needed(facts, triple)
    )


def _at_repository(part: PartFact) -> bool:
    return any(holding.level is Level.REPOSITORY for holding in part.holdings)


def shadowed(triple: TripleFact) -> dict[Part, tuple[Holding, ...]]:
    """Return the parts that codespaces get from several levels; one holding hides the others."""
    assigned = {
        part: tuple(holding for holding in triple.parts[part].holdings if holding.assigned) for part in Part
    }
    return {part: holdings for part, holdings in assigned.items() if len(holdings) > 1}
