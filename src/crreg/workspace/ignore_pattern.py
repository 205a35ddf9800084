"""Match .gitignore patterns with wildcards, without backtracking over more than one star.

Source: https://git-scm.com/docs/gitignore and `wildmatch.c` of git.
"""

import itertools
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from crreg.workspace.confined import RefusedError

_CLASSES: Mapping[str, str] = {
    "alnum": string.ascii_letters + string.digits,
    "alpha": string.ascii_letters,
    "blank": " \t",
    "cntrl": "".join(map(chr, [*range(32), 127])),
    "digit": string.digits,
    "graph": "".join(map(chr, range(33, 127))),
    "lower": string.ascii_lowercase,
    "print": "".join(map(chr, range(32, 127))),
    "punct": string.punctuation,
    "space": " \t\n\v\f\r",
    "upper": string.ascii_uppercase,
    "xdigit": string.hexdigits,
}
"""ASCII only, as in git."""
_CHARACTERS = tuple(map(chr, range(256)))
"""Patterns and paths have one character per byte."""
_BRACKET = re.compile(r"\[(?P<not>[!^]?)(?P<members>\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]", re.DOTALL)
_MEMBER = re.compile(r"\[:(?P<class>[a-z]+):\]|(?P<first>\\.|[^\\])(?:-(?P<last>\\.|[^\\]))?", re.DOTALL)

_Test = Callable[[str], bool]
_Element = _Test | None
"""The test for one character; None for a star, which matches any number of characters."""
_Part = TypeVar("_Part")
_Item = TypeVar("_Item")


class Steps:
    """The remaining number of comparisons."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self) -> None:
        """Count one comparison; raises RefusedError if none is left."""
        self._left -= 1
        if self._left < 0:
            raise RefusedError("exceeds the limit on ignore rules", beyond=True)


@dataclass(frozen=True, slots=True)
class Glob:
    """A parsed pattern, split into folders."""

    segments: tuple[tuple[_Element, ...] | None, ...]
    """None for `**`, which matches any number of folders; empty if nothing matches."""
    is_anchored: bool
    """Whether it starts at the folder of its file, rather than matching a name at any depth."""

    def matches(self, path: str, steps: Steps) -> bool:
        """Return whether it matches a path relative to the folder of its file; raises RefusedError."""
        parts = path.split("/")
        if not self.segments:
            return False
        if not self.is_anchored:
            parts = parts[-1:]

        def is_name(segment: tuple[_Element, ...], part: str) -> bool:
            return _fits(segment, part, _is_character, steps)

        # `**` at the end matches at least one name.
        if self.segments[-1] is None:
            return _fits((*self.segments[:-1], None, _ANY_NAME), parts, is_name, steps)
        return _fits(self.segments, parts, is_name, steps)


def _anything(_: str) -> bool:
    return True


_ANY_NAME: tuple[_Element, ...] = (None,)


def _is_character(test: _Test, character: str) -> bool:
    return test(character)


def _fits(
    pattern: Sequence[_Part | None],
    items: Sequence[_Item],
    is_one: Callable[[_Part, _Item], bool],
    steps: Steps,
) -> bool:
    """Return whether the items match a pattern in which None matches any number of them.

    After a mismatch, only the last None is retried with one more item; the earlier ones never need to change.
    """
    at, position = 0, 0
    retry_at, retry_position = -1, 0
    while position < len(items):
        steps.take()
        element = pattern[at] if at < len(pattern) else None
        if at < len(pattern) and element is None:
            retry_at, retry_position = at, position
            at += 1
        elif element is not None and is_one(element, items[position]):
            at += 1
            position += 1
        elif retry_at >= 0:
            retry_position += 1
            at, position = retry_at + 1, retry_position
        else:
            return False
    return all(element is None for element in pattern[at:])


def parse_glob(pattern: str) -> Glob:
    """Parse the pattern of a line, given without `!` and the trailing slash."""
    is_anchored = "/" in pattern
    segments = tuple(
        None if text == "**" and is_anchored else _segment(text) for text in _split(pattern.removeprefix("/"))
    )
    if any(segment == () for segment in segments):
        return Glob((), is_anchored)
    return Glob(segments, is_anchored)


def _split(pattern: str) -> list[str]:
    """Split at each slash outside of brackets; empty if a bracket is not closed, so that no name matches."""
    texts, start, position = [], 0, 0
    while position < len(pattern):
        if pattern[position] == "[":
            bracket = _BRACKET.match(pattern, position)
            if bracket is None:
                return []
            position = bracket.end()
            continue
        if pattern[position] == "/":
            texts.append(pattern[start:position])
            start = position + 1
        position += 2 if pattern[position] == "\\" else 1
    return [*texts, pattern[start:]]


def _segment(text: str) -> tuple[_Element, ...]:
    """Parse the elements of a name; empty if no name can match, e.g. because a bracket is not closed."""
    elements: list[_Element] = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == "*":
            if not elements or elements[-1] is not None:
                elements.append(None)
        elif character == "?":
            elements.append(_anything)
        elif character == "[":
            bracket = _BRACKET.match(text, position)
            if bracket is None:
                return ()
            elements.append(_bracket(bracket["members"], is_negated=bool(bracket["not"])))
            position = bracket.end() - 1
        elif character == "\\":
            position += 1
            if position == len(text):
                return ()
            elements.append(text[position].__eq__)
        else:
            elements.append(character.__eq__)
        position += 1
    return tuple(elements)


def _bracket(members: str, *, is_negated: bool) -> _Test:
    # A set, so that a bracket with many members costs no more per comparison than one character.
    table = bytearray(len(_CHARACTERS))
    for member in _MEMBER.finditer(members):
        if member["class"] is not None:
            for character in _CLASSES.get(member["class"], ""):
                table[ord(character)] = 1
        else:
            first = ord(member["first"][-1])
            last = ord(member["last"][-1]) if member["last"] else first
            for_all = slice(first, min(last, len(table) - 1) + 1)
            table[for_all] = b"\1" * len(table[for_all])
    found = frozenset(itertools.compress(_CHARACTERS, table))

    def test(character: str) -> bool:
        return (character in found) is not is_negated

    return test
