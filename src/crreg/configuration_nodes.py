"""Reading YAML with positions, so that every mistake in it is told with its line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import yaml

from crreg.location import Location

MAXIMUM_SIZE = 256 * 1024
"""Characters that a configuration may have; YAML of that size is read in well under a second."""
_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


class ConfigurationError(Exception):
    """The configuration is wrong; the text names the file, the line, the key and what was expected."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(f"{location.path}:{location.line}:{location.column}: {message}")
        self.message = message
        self.location = location


@dataclass(frozen=True)
class Source:
    """What is read, for locations and messages: a file's path, or an input's name."""

    path: str

    def location(self, node: yaml.Node) -> Location:
        """Where a node stands."""
        start, end = node.start_mark, node.end_mark
        return Location(self.path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)

    def error(self, node: yaml.Node, message: str) -> ConfigurationError:
        """The error that tells of a mistake at a node."""
        return ConfigurationError(message, self.location(node))


def compose(text: str, source: Source) -> yaml.Node | None:
    """The root of a YAML document, None if that is empty; raises ConfigurationError."""
    place = Location(source.path, 1, 1, 1, 1)
    if len(text) > MAXIMUM_SIZE:
        raise ConfigurationError(f"the file is larger than {MAXIMUM_SIZE} characters", place)
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is not None:
            place = Location(source.path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
        raise ConfigurationError(f"this is no YAML: {error.problem}", place) from None
    except yaml.YAMLError:
        raise ConfigurationError("this is no YAML: it holds a character that YAML forbids", place) from None
    except RecursionError:
        raise ConfigurationError("this is nested too deeply", place) from None
    return None if node is not None and is_null(node) else node


def is_null(node: yaml.Node) -> bool:
    """Whether a key has no value."""
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def entries_of(node: yaml.Node, source: Source, what: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """Key, its node and the value's node for each entry of a mapping; raises ConfigurationError."""
    if not isinstance(node, yaml.MappingNode):
        raise source.error(node, f"{what} must be a mapping of keys to values")
    seen: set[str] = set()
    for key_node, value in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise source.error(key_node, f"a key of {what} must be a word")
        key = key_node.value
        if key in seen:
            raise source.error(key_node, f"the key {key!r} stands twice in {what}")
        seen.add(key)
        yield key, key_node, value


def text_of(node: yaml.Node, source: Source, name: str, expected: str) -> str:
    """A scalar's text without the white space around it; raises ConfigurationError, also where it is empty."""
    if not isinstance(node, yaml.ScalarNode) or is_null(node) or not node.value.strip():
        raise source.error(node, f"{name} must be {expected}")
    return str(node.value.strip())


def choice_of(node: yaml.Node, source: Source, name: str, choices: type[_E]) -> _E:
    """One of the enumeration's values; raises ConfigurationError."""
    names = [choice.value for choice in choices]
    expected = f"one of {', '.join(names)}" if len(names) > 1 else names[0]
    text = text_of(node, source, name, expected)
    if text not in names:
        raise source.error(node, f"{name} is {text!r}, but must be {expected}")
    return choices(text)


def list_of(node: yaml.Node, source: Source, name: str, item: Callable[[yaml.Node], _T]) -> tuple[_T, ...]:
    """What `item` makes of each entry of a list; raises ConfigurationError."""
    if not isinstance(node, yaml.SequenceNode):
        raise source.error(node, f"{name} must be a list")
    return tuple(item(child) for child in node.value)
