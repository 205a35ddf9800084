"""Typed access to a YAML document, with errors that name the line."""

from collections.abc import Callable, Collection, Iterable
from collections.abc import Mapping as AbstractMapping
from collections.abc import Sequence as AbstractSequence
from enum import StrEnum
from functools import partial
from typing import TypeVar

from crreg.discovery.documents.tree import DocumentError, Entry, Mapping, Node, Scalar, Sequence, is_null
from crreg.findings.location import Location
from crreg.printable import nearest, plain, plural, quoted

MAXIMUM_SIZE = 64 * 1024
"""The most characters of a configuration; enough for everything that the other limits allow."""
_MOST_LEVELS = 20
"""The deepest nesting of lists and mappings; a valid configuration needs six levels."""
_LONGEST = 1000
"""The most characters of a message, which quotes the file."""
_MOST_OTHERS = 5
"""The most further mistakes that one message names."""
_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")


class ConfigurationError(Exception):
    """The configuration is invalid; the text names the file, the line, the key and what was expected.

    The text is one printable line, even if it quotes unprintable characters of the file. It ends with the other
    mistakes of the file, each with its line.
    """

    def __init__(
        self, message: str, location: Location, others: "AbstractSequence[ConfigurationError]" = ()
    ) -> None:
        self.message = plain(message, _LONGEST)
        super().__init__(
            f"{plain(location.path)}:{location.line}:{location.column}: {self.message}{_also(others)}"
        )
        self.location = location
        self.others = tuple(others)
        """Further mistakes, in the order of the file; none of them has others."""


def _also(others: AbstractSequence[ConfigurationError]) -> str:
    shown = [f"line {error.location.line}: {error.message}" for error in others[:_MOST_OTHERS]]
    shown += [plural(len(others) - _MOST_OTHERS, "more mistake")] if len(others) > _MOST_OTHERS else []
    return f". Also, {'; '.join(shown)}" if shown else ""


def each_of(attempts: Iterable[Callable[[], _T]]) -> list[_T]:
    """Return what each attempt returns; raises one ConfigurationError with the mistakes of all."""
    made: list[_T] = []
    wrong: list[ConfigurationError] = []
    for attempt in attempts:
        try:
            made.append(attempt())
        except ConfigurationError as error:
            wrong += [error, *error.others]
    if wrong:
        first, *others = sorted(wrong, key=lambda error: (error.location.line, error.location.column))
        raise ConfigurationError(first.message, first.location, others)
    return made


def compose(text: str, path: str) -> Node | None:
    """Return the root of a YAML document, or None if it is empty; `path` is a file or the name of an input.

    Raises:
        ConfigurationError: the text is not one YAML document, or uses anchors, aliases or merge keys.
    """
    if len(text) > MAXIMUM_SIZE:
        message = f"the file is larger than {MAXIMUM_SIZE} characters"
        raise ConfigurationError(message, Location.start_of(path))
    # Imported here, since most repositories have no configuration, and PyYAML takes a tenth of the time to start.
    from crreg.discovery.documents.yaml import parse_yaml

    try:
        documents = parse_yaml(text, path, depth=_MOST_LEVELS, is_plain=True)
    except DocumentError as error:
        raise ConfigurationError(error.problem.message, error.problem.location) from None
    return next((root for root in documents if not is_null(root)), None)


def entries_of(node: Node, what: str, known: Collection[str] | None = None) -> AbstractMapping[str, Entry]:
    """Return the entries of a mapping. Its keys must be among `known`; None allows any key.

    Raises:
        ConfigurationError: the node is no mapping, or has an unknown key.
    """
    if not isinstance(node, Mapping):
        raise ConfigurationError(f"{what} must be a mapping of keys to values", node.location)
    each_of(partial(_check_key, key, entry, what, known) for key, entry in node.entries.items())
    return node.entries


def _check_key(key: str, entry: Entry, what: str, known: Collection[str] | None) -> None:
    if known is not None and key not in known:
        *others, last = known
        expected = f"{', '.join(others)} or {last}"
        message = f"unknown key {quoted(key)} in {what}{guess(key, known)}: expected {expected}"
        raise ConfigurationError(message, entry.key)


def values_of(
    node: Node,
    name: str,
    readers: AbstractMapping[str, Callable[[Node, str], object]],
    *,
    what: str = "",
) -> dict[str, object]:
    """Return what each key's reader makes of its value and full name, by the key with underscores for hyphens.

    Args:
        node: the mapping.
        name: what the full names start with.
        readers: a reader for each known key; it raises ConfigurationError.
        what: what to call the mapping; empty for `name`.

    Raises:
        ConfigurationError: a key is unknown, or its value is wrong.
    """

    def read(key: str, entry: Entry) -> tuple[str, object]:
        _check_key(key, entry, what or name, readers)
        return key.replace("-", "_"), readers[key](entry.value, f"{name}.{key}")

    entries = entries_of(node, what or name)
    return dict(each_of(partial(read, key, entry) for key, entry in entries.items()))


def guess(text: str, known: Collection[str]) -> str:
    """Return a question in parentheses with the known word that is most like a wrong one; empty if none is like it."""
    near = nearest(text, known)
    return f" (did you mean {quoted(near)}?)" if near is not None else ""


def text_of(node: Node, name: str, expected: str) -> str:
    """Return a scalar's text without surrounding white space; raises ConfigurationError, also if it is empty."""
    if not isinstance(node, Scalar) or is_null(node) or not node.text.strip():
        raise ConfigurationError(f"{name} must be {expected}", node.location)
    return node.text.strip()


def choice_of(node: Node, name: str, choices: type[_E]) -> _E:
    """Return a scalar as a value of an enumeration; raises ConfigurationError."""
    names = [choice.value for choice in choices]
    expected = f"one of {', '.join(names)}" if len(names) > 1 else names[0]
    text = text_of(node, name, expected)
    if text not in names:
        message = f"{name} is {text!r}{guess(text, names)}, but must be {expected}"
        raise ConfigurationError(message, node.location)
    return choices(text)


def list_of(node: Node, name: str, item: Callable[[Node], _T], *, most: int | None = None) -> tuple[_T, ...]:
    """Apply `item` to each entry of a list of at most `most` entries; raises ConfigurationError."""
    if not isinstance(node, Sequence):
        raise ConfigurationError(f"{name} must be a list", node.location)
    if most is not None and len(node.items) > most:
        message = f"{name} has {len(node.items)} entries, but may have at most {most}"
        raise ConfigurationError(message, node.items[most].location)
    return tuple(each_of(partial(item, child) for child in node.items))
