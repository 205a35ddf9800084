"""The location of a finding, and how messages name things."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from crreg.facts.image import ImageFact
from crreg.facts.model import Facts, TripleFact, by_key
from crreg.findings.location import Location
from crreg.github.levels import Level
from crreg.printable import plural, quoted

Key = TypeVar("Key")


def place_of(facts: Facts, triple: TripleFact) -> Location | None:
    """Return the location of the first image in the triple's registry, else of the configuration's entry."""
    images = facts.images_of(triple.server)
    if images:
        return images[0].location
    return triple.configured.location if triple.configured else None


def needed_by(facts: Facts, registry: str | None) -> str:
    """Return a sentence on which image needs a registry, with a space before it; empty if none is known."""
    images = facts.images_of(registry)
    return f" Needed by {quoted(images[0].text)}{others(images)}." if images else ""


def others(images: Sequence[object]) -> str:
    """Return, in parentheses, how many images besides the first share a finding; empty if it is the only one."""
    count = len(images) - 1
    return f" (and {plural(count, 'other place')})" if count else ""


def listing(words: Iterable[str]) -> str:
    """`A`, `A and B`, or `A, B and C`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def some_of(words: Sequence[str], most: int) -> str:
    """`A, B and 3 more`: the first words, and how many are left out."""
    shown, rest = ", ".join(words[:most]), len(words) - most
    return f"{shown} and {rest} more" if rest > 0 else shown


def grouped(images: Iterable[ImageFact], key: Callable[[ImageFact], Key]) -> dict[Key, tuple[ImageFact, ...]]:
    """Group the images by their common cause, in the order found."""
    return by_key((key(image), image) for image in images)


_NAMES = {Level.USER: "user", Level.REPOSITORY: "repository", Level.ORGANIZATION: "organization"}


def name_of(level: Level) -> str:
    """Return the level's name in a sentence."""
    return _NAMES[level]
