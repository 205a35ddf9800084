"""Shell patterns (`*`, `?`, no brackets) matched in linear time, for the `#`, `%` and `/` expansions.

A set of positions in the value is one integer, bit p standing for position p, so that each element of a pattern
costs a few operations on integers and no pattern can make the matching backtrack.
"""

import enum
from collections.abc import Sequence


class PatternError(Exception):
    """A pattern escapes a character that needs no escape."""


class Wildcard(enum.Enum):
    """An element of a pattern that is no literal character."""

    ONE = "?"
    MANY = "*"


Element = str | Wildcard
"""A literal character or a wildcard; no wildcard matches a line feed."""


def parse_pattern(pattern: str) -> list[Element]:
    r"""The elements of a pattern. `\*`, `\?` and `\\` are literal, as are `\}` and `\/`.

    Raises:
        PatternError: a backslash stands before anything else, or last.
    """
    elements: list[Element] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
            char = pattern[position : position + 1]
            if not char or char not in "*?\\}/":
                raise PatternError(f"invalid escape '\\{char}' in the pattern {pattern!r}")
            elements.append(char)
        elif char in "*?":
            elements.append(Wildcard(char))
        else:
            elements.append(char)
        position += 1
    return elements


def matching_work(pattern: str, value: str) -> int:
    """How many steps it takes at most to match a pattern once."""
    elements, size = len(pattern), len(value)
    # Each different character is looked for in the value, and each element takes operations on 64 positions at once.
    return 8 + elements + size * (1 + len(set(pattern))) + elements * size // 64


def prefix_length(elements: Sequence[Element], value: str, *, longest: bool) -> int | None:
    """How many characters at the start of `value` the pattern matches; None if it matches nowhere there."""
    ends = _ends(elements, value, starts=1)
    if not ends:
        return None
    return ends.bit_length() - 1 if longest else (ends & -ends).bit_length() - 1


def suffix_length(elements: Sequence[Element], value: str, *, longest: bool) -> int | None:
    """The same at the end of `value`."""
    return prefix_length(elements[::-1], value[::-1], longest=longest)


def match_starts(elements: Sequence[Element], value: str) -> int:
    """Every position at which the pattern matches, as a set of bits."""
    length = len(value)
    ends = _ends(elements[::-1], value[::-1], starts=(1 << (length + 1)) - 1)
    return int(f"{ends:0{length + 1}b}"[::-1], 2)


def _ends(elements: Sequence[Element], value: str, starts: int) -> int:
    """The positions where a match can end that begins at one of `starts`."""
    places: dict[str, int] = {}
    inside = ((1 << len(value)) - 1) & ~_places_of("\n", value)
    current = starts
    for element in elements:
        if element is Wildcard.ONE:
            current = (current & inside) << 1
        elif element is Wildcard.MANY:
            # The carry of the addition runs through each run of characters that `*` may eat.
            current |= ((current & inside) + inside) ^ inside
        else:
            if element not in places:
                places[element] = _places_of(element, value)
            current = (current & places[element]) << 1
        if not current:
            break
    return current


def _places_of(char: str, value: str) -> int:
    """The positions at which `value` holds `char`."""
    if char not in value:
        return 0
    return int("".join("1" if other == char else "0" for other in reversed(value)), 2)
