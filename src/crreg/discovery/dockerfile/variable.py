"""The values of Dockerfile variables, and what `${name...}` makes of them."""

import re
from dataclasses import dataclass

from crreg.discovery.dockerfile.glob_pattern import (
    Element,
    PatternError,
    match_starts,
    parse_pattern,
    prefix_length,
    suffix_length,
)


class ExpansionError(Exception):
    """A word is broken, or demands a variable that is not set; BuildKit refuses it too."""


class UnknownValueError(Exception):
    """A word depends on a value that only the codespace knows."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        """The variable whose value is not known."""
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Unknown:
    """The value of a variable that has one, but one that can't be known here."""

    name: str
    """The variable to name to the reader."""
    reason: str

    @property
    def error(self) -> UnknownValueError:
        """What to raise where the value is needed."""
        return UnknownValueError(self.name, self.reason)


Value = str | Unknown


def modified(name: str, value: str | None, operator: str, word: str) -> str:
    """The result of `-`, `+` and `?`, each with or without a colon before it.

    Raises:
        ExpansionError: `?` demands a value, and there is none.
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
    elements = _elements(word[longest:])
    if operator == "#":
        return value[prefix_length(elements, value, longest=longest) or 0 :]
    return value[: len(value) - (suffix_length(elements, value, longest=longest) or 0)]


def replaced(value: str, pattern: str, replacement: str, *, every: bool) -> str:
    """The result of `/` and (with `every`) `//`: the leftmost longest match, or all of them, replaced.

    Raises:
        ExpansionError: the pattern is broken.
    """
    elements = _elements(pattern)
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


def _elements(pattern: str) -> list[Element]:
    try:
        return parse_pattern(pattern)
    except PatternError as error:
        raise ExpansionError(str(error)) from error


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
