"""Reading YAML with positions, so that every mistake in it is told with its line."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

import yaml

from crreg.findings.location import Location
from crreg.text import plain

MAXIMUM_SIZE = 64 * 1024
"""Characters that a configuration may have: room for everything that its other bounds admit."""
_MOST_LEVELS = 20
"""Lists and mappings inside each other; the deepest that is read has six."""
_LONGEST = 1000
"""Characters of a message, which quotes the file."""
_MERGE = "tag:yaml.org,2002:merge"
# libyaml's parser, which every wheel of PyYAML has, is some thirty times faster than the one in Python.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


class ConfigurationError(Exception):
    """The configuration is wrong; the text names the file, the line, the key and what was expected.

    It is one printable line, whatever the file holds that it quotes.
    """

    def __init__(self, message: str, location: Location) -> None:
        self.message = plain(message, _LONGEST)
        super().__init__(f"{plain(location.path)}:{location.line}:{location.column}: {self.message}")
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
        """Make the error that reports a mistake at a node."""
        return ConfigurationError(message, self.location(node))


def compose(text: str, source: Source) -> yaml.Node | None:
    """The root of a YAML document, None if that is empty; raises ConfigurationError."""
    place = Location(source.path, 1, 1, 1, 1)
    if len(text) > MAXIMUM_SIZE:
        raise ConfigurationError(f"the file is larger than {MAXIMUM_SIZE} characters", place)
    try:
        _check_events(text, source)
        node: yaml.Node | None = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        if mark is not None:
            place = Location(source.path, mark.line + 1, mark.column + 1, mark.line + 1, mark.column + 2)
        raise ConfigurationError(f"this is no YAML: {error.problem}", place) from None
    except (yaml.YAMLError, UnicodeEncodeError):
        raise ConfigurationError("this is no YAML: it holds a character that YAML forbids", place) from None
    return None if node is not None and is_null(node) else node


def _check_events(text: str, source: Source) -> None:
    """Refuse what would make more of the text than it is, before it is made; raises ConfigurationError."""
    levels = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise _error_at(
                event,
                source,
                f"{sign}{event.anchor}: aliases and anchors are not read here, write the value out",
            )
        if isinstance(event, yaml.CollectionStartEvent):
            levels += 1
            if levels > _MOST_LEVELS:
                raise _error_at(event, source, f"this is nested too deeply: more than {_MOST_LEVELS} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            levels -= 1


def _error_at(event: yaml.Event, source: Source, message: str) -> ConfigurationError:
    mark = event.start_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    return ConfigurationError(message, Location(source.path, line, column, line, column + 1))


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
        if key_node.tag == _MERGE:
            raise source.error(key_node, "merge keys (<<) are not read here: write the values out")
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


def list_of(
    node: yaml.Node, source: Source, name: str, item: Callable[[yaml.Node], _T], *, most: int | None = None
) -> tuple[_T, ...]:
    """What `item` makes of each entry of a list of at most `most`; raises ConfigurationError."""
    if not isinstance(node, yaml.SequenceNode):
        raise source.error(node, f"{name} must be a list")
    if most is not None and len(node.value) > most:
        raise source.error(
            node.value[most], f"{name} holds {len(node.value)} entries, but at most {most} are read"
        )
    return tuple(item(child) for child in node.value)
