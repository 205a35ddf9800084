"""Values read from a JSON or YAML file, each with its place."""

import bisect
import re
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field, replace

from crreg.discovery.found import Problem, ProblemKind
from crreg.findings.location import Location

_LINE_END = re.compile(r"\r\n|\n|\r")


class DocumentError(Exception):
    """A file with a syntax error, or one that exceeds a bound."""

    def __init__(self, message: str, location: Location, kind: ProblemKind = ProblemKind.INVALID) -> None:
        super().__init__(message)
        self.problem = Problem(kind, message, location)
        """What is wrong, and where."""


class TextFile:
    """The text of a file, which knows the line and column of each character."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def location(self, start: int, end: int) -> Location:
        """The place of the characters from `start` up to but not including `end`."""
        starts = self._starts
        line = bisect.bisect_right(starts, start)
        is_within = line == len(starts) or end < starts[line]
        end_line = line if is_within else bisect.bisect_right(starts, end, line)
        return Location(
            self.path, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1
        )


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, number, boolean or null."""

    value: str | int | float | bool | None
    location: Location
    """The span of its text, without quotes."""
    tag: str = ""
    """A local YAML tag (`!reset`), empty if none."""
    indent: int = 0
    """How far a YAML block literal (`|`) is indented, so that its lines are found again; 0 for other styles."""
    text: str = field(default="", compare=False)
    """A YAML scalar as written, without quotes: `1.10` has the value 1.1. Empty for JSON."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: "tuple[Node, ...]"
    location: Location
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Mapping:
    """An object: names with values, in the order of the file."""

    entries: "AbstractMapping[str, Entry]"
    location: Location
    tag: str = ""

    def get(self, name: str) -> "Node | None":
        """The value of that name, None if there is none."""
        entry = self.entries.get(name)
        return entry.value if entry else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One name with its value."""

    key: Location
    """The span of the name, without quotes."""
    value: "Node"


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Text:
    """A string of the file with its variables expanded."""

    value: str
    """With the empty string for a variable that has no value."""
    location: Location
    """The span of the text in the file."""
    unknown: tuple[str, ...] = ()
    """The variables that only the codespace knows; if there is one, `value` is not usable."""
    indent: int = 0
    """The scalar's indent, if the lines are the same after variables were expanded; else 0."""
    raw: str = ""
    """The text before variables were expanded, if it differs but has the same lines; else empty."""

    def part(self, start: int, end: int) -> "Text":
        """The characters from `start` up to but not including `end`, at their own place if that is known."""
        place = self.location
        if place.line == place.end_line and place.end_column - place.column == len(self.value):
            place = replace(place, column=place.column + start, end_column=place.column + end)
        return Text(self.value[start:end], place, self.unknown)

    def known(self) -> str | None:
        """The value, None if it depends on what only the codespace knows."""
        return None if self.unknown else self.value


def is_null(node: Node | None) -> bool:
    """Whether a name is there without a value."""
    return isinstance(node, Scalar) and node.value is None


def without_null(node: Node | None) -> Node | None:
    """Return the node; None also for null, where a reader treats it like a missing name."""
    return None if is_null(node) else node


def items_of(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list; none for anything else."""
    return node.items if isinstance(node, Sequence) else ()


def describe(node: Node) -> str:
    """Return what a value is, in words for a message."""
    if isinstance(node, Mapping):
        return "an object"
    if isinstance(node, Sequence):
        return "a list"
    if isinstance(node.value, str):
        return "a string"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    return "null" if node.value is None else "a number"
