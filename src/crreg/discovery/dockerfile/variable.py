"""The values of Dockerfile variables, and what `${name...}` makes of them."""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass


class Wildcard(enum.Enum):
    """An element of a pattern that is not a literal character."""

    ONE = "?"
    MANY = "*"


Element = str | Wildcard
"""A literal character or a wildcard; no wildcard matches a line feed."""


class ExpansionError(Exception):
    """A word is broken, or requires a variable that is not set; BuildKit refuses it too."""


class UnknownValueError(Exception):
    """A word depends on a value that only the codespace knows."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        """The variable whose value is not known."""
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Unknown:
    """The value of a variable that has a value which can't be known here."""

    name: str
    """The variable to name in the message."""
    reason: str

    @property
    def error(self) -> UnknownValueError:
        """What to raise where the value is needed."""
        return UnknownValueError(self.name, self.reason)


Value = str | Unknown


def modified(name: str, value: str | None, operator: str, word: str) -> str:
    """The result of `-`, `+` and `?`, each with or without a colon before it.

    Raises:
        ExpansionError: `?` requires a value, and there is none.
    """
    missing = value is None or (operator[0] == ":" and not value)
    if operator.endswith("-"):
        return word if missing else value or ""
    if operator.endswith("+"):
        return "" if missing else word
    if missing:
        reason = "is not allowed to be unset" if value is None else "is not allowed to be empty"
        raise ExpansionError(f"{name}: {word or reason}")
    return value or ""


def trimmed_value(value: str, operator: str, word: str) -> str:
    """The result of `#` and `%`; a second one at the start of `word` asks for the longest match.

    Raises:
        ExpansionError: the pattern is broken.
    """
    longest = word.startswith(operator)
    elements = parse_pattern(word[longest:])
    if operator == "#":
        return value[prefix_length(elements, value, longest=longest) or 0 :]
    return value[: len(value) - (suffix_length(elements, value, longest=longest) or 0)]


def replaced(value: str, pattern: str, replacement: str, *, every: bool) -> str:
    """The result of `/` and (with `every`) `//`: the leftmost longest match, or all of them, replaced.

    Raises:
        ExpansionError: the pattern is broken.
    """
    elements = parse_pattern(pattern)
    starts = match_starts(elements, value)
    result: list[str] = []
    position = 0
    copied = 0
    last_end = -1
    while position <= len(value) and (left := starts >> position):
        start = position + (left & -left).bit_length() - 1
        length = prefix_length(elements, value[start:], longest=True) or 0
        if not every:
            return value[:start] + replacement + value[start + length :]
        if length or start != last_end:  # Go ignores an empty match right after another
            result.append(value[copied:start])
            result.append(_template(replacement, value[start : start + length]))
            copied = last_end = start + length
        position = start + max(length, 1)
    return "".join(result) + value[copied:]


def _template(replacement: str, match: str) -> str:
    """What Go's ReplaceAllString makes of a replacement: `$0` is the match, no other group exists."""
    if "$" not in replacement:
        return replacement

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name == "$":
            return "$"
        return match if name and name.isdecimal() and int(name) == 0 else ""

    return re.sub(r"\$(?:(\$|\w+)|\{(\w+)\})", group, replacement)


def parse_pattern(pattern: str) -> list[Element]:
    r"""The elements of a pattern. `\*`, `\?` and `\\` are literal, as are `\}` and `\/`.

    Raises:
        ExpansionError: a backslash comes before any other character, or last.
    """
    elements: list[Element] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            position += 1
            char = pattern[position : position + 1]
            if not char or char not in "*?\\}/":
                raise ExpansionError(f"invalid escape '\\{char}' in the pattern {pattern!r}")
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
    """How many characters at the start of `value` the pattern matches; None if it does not match there."""
    ends = _ends(elements, value, starts=1)
    if not ends:
        return None
    return ends.bit_length() - 1 if longest else (ends & -ends).bit_length() - 1


def suffix_length(elements: Sequence[Element], value: str, *, longest: bool) -> int | None:
    """How many characters at the end of `value` the pattern matches; None if it does not match there."""
    return prefix_length(elements[::-1], value[::-1], longest=longest)


def match_starts(elements: Sequence[Element], value: str) -> int:
    """Every position at which the pattern matches, as a set of bits."""
    length = len(value)
    ends = _ends(elements[::-1], value[::-1], starts=(1 << (length + 1)) - 1)
    return int(f"{ends:0{length + 1}b}"[::-1], 2)


def _ends(elements: Sequence[Element], value: str, starts: int) -> int:
    """Return where a match that begins at one of `starts` can end, as a set of bits."""
    places: dict[str, int] = {}
    inside = ((1 << len(value)) - 1) & ~_places_of("\n", value)
    current = starts
    for element in elements:
        if element is Wildcard.ONE:
            current = (current & inside) << 1
        elif element is Wildcard.MANY:
            # The carry of the addition runs through each run of characters that `*` may match.
            current |= ((current & inside) + inside) ^ inside
        else:
            if element not in places:
                places[element] = _places_of(element, value)
            current = (current & places[element]) << 1
        if not current:
            break
    return current


def _places_of(char: str, value: str) -> int:
    """Return the positions of `char` in `value`, as a set of bits."""
    if char not in value:
        return 0
    return int("".join("1" if other == char else "0" for other in reversed(value)), 2)
