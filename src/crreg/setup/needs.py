"""The registries that a workflow needs values for, and the identifier of each; pure functions from facts."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crreg.discovery.found import Source
from crreg.facts.image import Coverage, ImageFact
from crreg.facts.model import Facts, TripleFact, by_key
from crreg.facts.package_access import needs_no_secret
from crreg.facts.questions import ANSWERS, DENIALS
from crreg.github.levels import Level
from crreg.remedies.providers import suggested_identifier
from crreg.triple import Part, is_reserved, parse_name

_LONGEST = 100
"""Characters of an identifier. GitHub documents no limit."""


@dataclass(frozen=True, slots=True)
class Need:
    """One registry that codespaces log in to, and the identifier of its triple."""

    identifier: str
    registry: str | None
    """Host (and port) as images name it; None if only the stored SERVER says it, which can't be read."""
    images: tuple[str, ...] = ()
    """The images that need it, as reports show them."""
    settled: bool = True
    """Whether a secret, a variable or the configuration has the identifier; False if crreg suggests it."""


def is_identifier(text: str) -> bool:
    """Whether GitHub and Codespaces accept secrets that start with `text`, in upper case."""
    named = parse_name(f"{text}_CONTAINER_REGISTRY_{Part.SERVER}")
    return named is not None and named.identifier == text and len(text) <= _LONGEST and not is_reserved(text)


def needs_of(facts: Facts, organization: str | None = None) -> tuple[Need, ...]:
    """Return the registries of images that are not public, then those of the environment and the configuration.

    For an `organization`, the triples among its secrets are needed too: its repositories have the images.
    """
    found = list(_of_images(facts))
    taken = {need.identifier for need in found}
    for triple in facts.triples:
        given = triple.configured is not None or any(part.at_hand for part in triple.parts.values())
        shared = organization is not None and _is_shared(triple)
        if (given or shared) and triple.identifier not in taken and is_identifier(triple.identifier):
            found.append(Need(triple.identifier, triple.server))
    return tuple(found)


def undecided(facts: Facts) -> tuple[str, ...]:
    """Return the images that may need a login: their registry gave no clear answer."""
    return tuple(
        dict.fromkeys(image.shown for image in _asked(facts) if not _needs_login(image) and _is_open(image))
    )


def _asked(facts: Facts) -> Iterator[ImageFact]:
    return (
        image
        for image in facts.images
        if image.reference is not None
        and image.source is not Source.CACHE
        and not needs_no_secret(facts, image)
    )


def _needs_login(image: ImageFact) -> bool:
    return image.coverage is Coverage.COVERED or image.outcome in DENIALS


def _is_open(image: ImageFact) -> bool:
    return image.outcome not in ANSWERS


def _of_images(facts: Facts) -> Iterator[Need]:
    needing = by_key(
        (image.reference.registry, image)
        for image in _asked(facts)
        if image.reference is not None and _needs_login(image)
    )
    known = {image.triple for images in needing.values() for image in images if image.triple is not None}
    free = [each.identifier for each in facts.triples if each.server is None and each.stored]
    open_registries = [registry for registry, images in needing.items() if images[0].triple is None]
    taken = {*known, *(each.identifier for each in facts.triples if each.server is not None)}
    for registry, images in needing.items():
        identifier = images[0].triple
        settled = identifier is not None
        if identifier is None:
            # One triple whose registry is not known and one registry without a triple belong together.
            alone = free[0] if len(free) == len(open_registries) == 1 else None
            identifier = alone or _suggested(facts, registry, taken)
        taken.add(identifier)
        yield Need(identifier, registry, _shown(images), settled)


def _shown(images: Iterable[ImageFact]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(image.shown for image in images))


def _suggested(facts: Facts, registry: str, taken: set[str]) -> str:
    """Return the provider's identifier; a second registry of the same provider adds its name, or else a number."""
    first = suggested_identifier(registry, facts.web_url)
    label = re.sub(r"[^A-Z0-9]", "_", registry.partition(".")[0].upper())[: _LONGEST // 2]
    candidates = [first, f"{first}_{label}", *(f"{first}_{number}" for number in range(2, len(taken) + 3))]
    return next(each for each in candidates if each not in taken)


def _is_shared(triple: TripleFact) -> bool:
    return any(
        holding.level is Level.ORGANIZATION for part in triple.parts.values() for holding in part.holdings
    )
