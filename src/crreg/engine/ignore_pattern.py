"""One pattern of `.dockerignore`, matched in time linear in the path, however many wildcards it has.

A pattern is an automaton whose states are sets of positions in it, each set stored as an integer: bit p is set if the
next character must match from element p on. Known transitions are cached, so a character costs one look-up.
Patterns have the meaning that moby's patternmatcher gives them.
Source: https://github.com/moby/patternmatcher/blob/main/patternmatcher.go
"""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass

LONGEST = 1_000
"""Characters of a pattern."""
_MOST_REMEMBERED = 1_000
_SPECIAL = frozenset("*?[]\\")
_ESCAPED = r"\\[!-/:-@\[-`{-~ ]"
_RANGE = re.compile(
    rf"(?P<low>{_ESCAPED}|\[(?!:)|[^\\\]\[*?-])(?:-(?P<high>{_ESCAPED}|[^\\\]\[*?-]))?", re.DOTALL
)
_WORK_OF_A_NEW_STATE = 4
"""The cost of each element of a new state, in look-ups."""


class IgnorePatternError(ValueError):
    """Docker refuses the pattern, or its documentation and its code disagree on what it means."""


class _Kind(enum.Enum):
    ONE = enum.auto()
    """One character that `takes` accepts."""
    MANY = enum.auto()
    """Any number of characters that `takes` accepts."""
    FOLDERS = enum.auto()
    """Nothing, or anything that ends in a slash; occupies two positions, of which the second is `WITHIN`."""
    WITHIN = enum.auto()


@dataclass(frozen=True, slots=True)
class _Element:
    kind: _Kind
    takes: Callable[[str], bool]


class IgnorePattern:
    """A pattern without its exclamation mark; matching begins with `start` and continues with `advance`."""

    def __init__(self, text: str, spend: Callable[[int], None] = lambda _: None) -> None:
        """Read a pattern.

        Args:
            text: cleaned as a path, so that it has no trailing slash, and no `.` or `..` in its middle.
            spend: called with the work done, in look-ups; may raise.

        Raises:
            IgnorePatternError: the pattern is invalid, or longer than `LONGEST`.
        """
        if len(text) > LONGEST:
            raise IgnorePatternError(f"it is longer than {LONGEST} characters")
        self._elements = _elements(text)
        self._spend = spend
        self._end = 1 << len(self._elements)
        self._known: dict[int, dict[str, int]] = {}
        self._remembered = 0
        self.start = self._reached(1)
        """The state before the first character; in state 0 nothing can match."""

    def advance(self, state: int, text: str) -> int:
        """The state after `text`."""
        if state:
            self._spend(len(text))
        for char in text:
            if not state:
                break
            row = self._known.get(state)
            following = row.get(char) if row is not None else None
            state = self._remember(state, char) if following is None else following
        return state

    def accepts(self, state: int) -> bool:
        """Whether the text that led to this state matches the pattern."""
        return bool(state & self._end)

    def matches(self, path: str) -> bool:
        """Whether the pattern matches a whole path."""
        return self.accepts(self.advance(self.start, path))

    def _remember(self, state: int, char: str) -> int:
        if self._remembered >= _MOST_REMEMBERED:
            self._known.clear()
            self._remembered = 0
        self._spend(_WORK_OF_A_NEW_STATE * len(self._elements))
        following = self._after(state, char)
        self._known.setdefault(state, {})[char] = following
        self._remembered += 1
        return following

    def _after(self, state: int, char: str) -> int:
        reached = 0
        for position in _bits(state & ~self._end):
            element = self._elements[position]
            if not element.takes(char):
                continue
            if element.kind is _Kind.ONE:
                reached |= 1 << (position + 1)
            elif element.kind is _Kind.MANY:
                reached |= 1 << position
            else:
                within = position + (element.kind is _Kind.FOLDERS)
                reached |= 1 << within
                if char == "/":
                    reached |= 1 << (within + 1)
        return self._reached(reached)

    def _reached(self, state: int) -> int:
        """Add the positions that follow elements that can match the empty string."""
        for position, element in enumerate(self._elements):
            if state >> position & 1:
                if element.kind is _Kind.MANY:
                    state |= 1 << (position + 1)
                elif element.kind is _Kind.FOLDERS:
                    state |= 1 << (position + 2)
        return state


def _bits(state: int) -> list[int]:
    return [position for position in range(state.bit_length()) if state >> position & 1]


def _elements(text: str) -> list[_Element]:
    """The elements of a pattern.

    Raises:
        IgnorePatternError: the pattern is invalid.
    """
    if not _SPECIAL & set(text):
        return [*map(_literal, text)]
    if text.startswith("**") and not _SPECIAL & set(text[2:]):
        return _ending(text[2:])
    if text.endswith("**") and not _SPECIAL & set(text[:-2]):
        return [*map(_literal, text[:-2]), _Element(_Kind.MANY, _anything)]
    elements: list[_Element] = []
    position = 0
    while position < len(text):
        element, position = _next(text, position)
        elements += element
    return elements


def _ending(suffix: str) -> list[_Element]:
    """The elements of `**/a` and `**a`, which moby compares literally with the end of the path."""
    literals = [*map(_literal, suffix.removeprefix("/"))]
    if suffix.startswith("/"):
        return [_Element(_Kind.FOLDERS, _anything), _Element(_Kind.WITHIN, _anything), *literals]
    return [_Element(_Kind.MANY, _anything), *literals]


def _next(text: str, position: int) -> tuple[list[_Element], int]:
    char = text[position]
    if text.startswith("**", position):
        position += 3 if text.startswith("**/", position) else 2
        if position < len(text):
            return [_Element(kind, _any_but_line_end) for kind in (_Kind.FOLDERS, _Kind.WITHIN)], position
        return [_Element(_Kind.MANY, _any_but_line_end)], position
    if char == "[":
        return _class(text, position + 1)
    if char == "\\":
        return [_literal(_escaped(text[position + 1 : position + 2]))], position + 2
    if char == "^":
        raise IgnorePatternError("'^' in a pattern with wildcards is ambiguous: write '\\^'")
    wildcard = {"*": _Kind.MANY, "?": _Kind.ONE}.get(char)
    return [_Element(wildcard, _any_but_slash) if wildcard else _literal(char)], position + 1


def _escaped(char: str) -> str:
    if not char:
        raise IgnorePatternError("it ends in a backslash")
    if not char.isascii() or char.isalnum():
        raise IgnorePatternError(f"the backslash before {char!r} is ambiguous")
    return char


def _class(text: str, position: int) -> tuple[list[_Element], int]:
    negated = text.startswith("^", position)
    position += negated
    ranges: list[tuple[str, str]] = []
    while not text.startswith("]", position) or not ranges:
        found = _RANGE.match(text, position)
        if found is None:
            raise IgnorePatternError("its brackets contain an invalid character or range, or are not closed")
        low = found["low"][-1]
        high = (found["high"] or low)[-1]
        if low > high:
            raise IgnorePatternError(f"the range from {low!r} to {high!r} is empty")
        ranges.append((low, high))
        position = found.end()

    def takes(char: str) -> bool:
        return any(low <= char <= high for low, high in ranges) is not negated

    return [_Element(_Kind.ONE, takes)], position + 1


def _literal(char: str) -> _Element:
    return _Element(_Kind.ONE, char.__eq__)


def _anything(_: str) -> bool:
    return True


def _any_but_slash(char: str) -> bool:
    return char != "/"


def _any_but_line_end(char: str) -> bool:
    return char != "\n"
