"""YAML read into values with their places, within bounds.

PyYAML supplies the events; the tree is built here, since its own composer recurses, gives no place for merged
keys, and expands aliases without a bound.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import yaml

from crreg.discovery.documents.tree import (
    DocumentError,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    TextFile,
)
from crreg.discovery.documents.yaml_mistakes import located
from crreg.discovery.documents.yaml_types import typed
from crreg.discovery.found import ProblemKind
from crreg.workspace.budget import Limit, ReadingBudget

MAX_DEPTH = 50
"""How deeply lists and mappings may be nested."""
MAX_SIZE = 50_000
"""Values in one file once aliases are expanded, long strings counting for several."""
MAX_DIRECTIVES = 1_000
"""Lines that may be directives (`%TAG`): libyaml compares each with all before it, and nothing can stop it."""
_CHARACTERS_PER_VALUE = 64

# libyaml's parser, which every wheel of PyYAML has, is some thirty times faster than the one in Python.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PROPERTY = re.compile(r"[&!]\S*|#[^\r\n]*|\s+")
_BLOCK_HEADER = re.compile(r"[|>][^\r\n]*(?:\r\n|\r|\n)")
_BLOCK_INDENT = re.compile(r"(?:[ \t]*(?:\r\n|\r|\n))*( *)")
_DIRECTIVE = re.compile("(?:^|[\r\n\x85\u2028\u2029])%")
_STRING_TAG = "tag:yaml.org,2002:str"


def parse_yaml(
    text: str,
    path: str,
    budget: ReadingBudget | None = None,
    *,
    depth: int = MAX_DEPTH,
    is_plain: bool = False,
) -> tuple[Node, ...]:
    """Parse the documents in `text`, the content of the file `path`.

    Scalars have the types that Compose's YAML reader gives them. `<<` is merged, and a name written twice in one
    mapping is an error, as in Compose. `depth` limits how deeply lists and mappings are nested. With `is_plain`,
    anchors, aliases, merge keys and a second document are also errors.

    Raises:
        DocumentError: the text is not valid YAML, or exceeds a bound.
        LimitError: the repository exceeds a limit.
    """
    file = TextFile(path, text)
    _check_directives(file)
    builder = _Builder(file, depth, is_plain=is_plain)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise located(error, file, builder.quoted, builder.bracketed) from error
    except yaml.reader.ReaderError as error:
        start = file.location(0, 0)
        raise DocumentError(f"invalid YAML: {error.reason}", start) from error
    if budget is not None:
        budget.spend(Limit.VALUES, builder.size)
    return tuple(builder.documents)


def _check_directives(file: TextFile) -> None:
    directives = _DIRECTIVE.finditer(file.text)
    beyond = next(itertools.islice(directives, MAX_DIRECTIVES, None), None)
    if beyond is not None:
        place = file.location(beyond.end() - 1, beyond.end())
        message = f"invalid YAML: more than {MAX_DIRECTIVES} directives"
        raise DocumentError(message, place, ProblemKind.UNRESOLVED)


class _Mark(Protocol):
    """A place as both of PyYAML's parsers report it."""

    @property
    def index(self) -> int:
        """The number of characters before it."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end is not read yet."""

    event: yaml.CollectionStartEvent
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    merged: list[Mapping] = field(default_factory=list)
    merge_line: int = 0
    """The line of its merge key; 0 if it has none."""
    name: Scalar | None = None
    """The name that waits for its value."""
    size: int = 1


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A complete value that an alias can name, with the number of values in it."""

    node: Node
    size: int


class _Builder:
    """Builds a tree from events, keeping what is open in a list, to avoid recursion."""

    def __init__(self, file: TextFile, depth: int, *, is_plain: bool) -> None:
        self.documents: list[Node] = []
        self._file = file
        self._depth = depth
        self._is_plain = is_plain
        self._open: list[_Open] = []
        self._anchors: dict[str, _Anchored] = {}
        self._size = 0
        self._last = 0
        """Where the last value that was read ends."""
        self._quoted = (0, 0)

    @property
    def quoted(self) -> tuple[int, int]:
        """Where the last quoted string of several lines starts and ends; zeros if there is none."""
        return self._quoted

    @property
    def bracketed(self) -> int | None:
        """Where the innermost list or mapping in brackets starts, if it is not closed yet; None otherwise."""
        innermost = self._open[-1].event if self._open else None
        return _index(innermost.start_mark) if innermost is not None and innermost.flow_style else None

    @property
    def size(self) -> int:
        """How many values were built, counting those that aliases repeat each time."""
        return self._size

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if self._is_plain:
            self._check_plain(event)
        if isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            self._last = _index(event.end_mark)
        if isinstance(event, yaml.ScalarEvent):
            size = 1 + len(event.value) // _CHARACTERS_PER_VALUE
            self._add(self._scalar(event), size, event)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self._open) == self._depth:
                raise self._error(f"more than {self._depth} levels", event, ProblemKind.UNRESOLVED)
            self._open.append(_Open(event))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            closed = self._open.pop()
            self._size -= closed.size - 1
            self._add(self._closed(closed, event), closed.size, closed.event)
        elif isinstance(event, yaml.AliasEvent):
            anchored = self._anchors.get(event.anchor or "")
            if anchored is None:
                raise self._error("this alias needs an anchor on an earlier, complete value", event)
            self._add(anchored.node, anchored.size, event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._anchors = {}

    def _check_plain(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            message = f"{sign}{event.anchor}: aliases and anchors are not supported here; write the value out"
            raise self._error(message, event)
        if isinstance(event, yaml.DocumentStartEvent) and self.documents:
            place = self._file.location(_index(event.start_mark), _index(event.end_mark))
            raise DocumentError("a second document starts here, but only one is allowed", place)

    def _add(self, node: Node, size: int, event: yaml.NodeEvent) -> None:
        """Put a complete value where it belongs."""
        self._size += size
        if self._size > MAX_SIZE:
            raise self._error(f"more than {MAX_SIZE} values, aliases included", event, ProblemKind.UNRESOLVED)
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = _Anchored(node, size)
        if not self._open:
            self.documents.append(node)
            return
        innermost = self._open[-1]
        innermost.size += size
        if isinstance(innermost.event, yaml.SequenceStartEvent):
            innermost.items.append(node)
        elif innermost.name is None:
            innermost.name = self._name(node, event)
        else:
            self._add_entry(innermost, innermost.name, node)
            innermost.name = None

    def _name(self, node: Node, event: yaml.NodeEvent) -> Scalar:
        if not isinstance(node, Scalar) or not (self._is_plain or isinstance(node.value, str)):
            raise self._error("a name must be a string (in quotes, if it looks like something else)", event)
        value = event.value if isinstance(event, yaml.ScalarEvent) else str(node.value)
        is_plain = isinstance(event, yaml.ScalarEvent) and not event.style
        # A quoted "<<" is a name like any other: the tag marks the one that merges.
        return replace(node, value=value, tag="<<" if value == "<<" and is_plain else "")

    def _add_entry(self, innermost: _Open, name: Scalar, node: Node) -> None:
        if name.tag == "<<":
            if self._is_plain:
                message = "invalid YAML: merge keys (<<) are not supported here; write the values out"
                raise DocumentError(message, name.location)
            if innermost.merge_line:
                message = (
                    f"invalid YAML: << is already on line {innermost.merge_line}: use << once, with a list"
                )
                raise DocumentError(message, name.location)
            innermost.merge_line = name.location.line
            innermost.merged += self._sources(node)
            return
        key = str(name.value)
        earlier = innermost.entries.get(key)
        if earlier is not None:
            message = f"invalid YAML: {key!r} is already on line {earlier.key.line}"
            raise DocumentError(message, name.location)
        innermost.entries[key] = Entry(name.location, node)

    def _sources(self, node: Node) -> Iterator[Mapping]:
        """Yield the mappings that a merge key merges."""
        for source in node.items if isinstance(node, Sequence) else (node,):
            if not isinstance(source, Mapping):
                raise DocumentError("invalid YAML: << needs a mapping, or a list of mappings", node.location)
            yield source

    def _closed(self, closed: _Open, end: yaml.Event) -> Node:
        tag = _local_tag(closed.event.tag)
        if closed.event.flow_style:
            self._last = _index(end.end_mark)
        # In block style the end mark is where the next token starts, after blank lines and comments.
        location = self._file.location(_index(closed.event.start_mark), self._last)
        if isinstance(closed.event, yaml.SequenceStartEvent):
            return Sequence(tuple(closed.items), location, tag)
        entries = closed.entries
        for source in closed.merged:
            for key, entry in source.entries.items():
                own = entries.setdefault(key, entry)
                if own.value.tag == "!reset":
                    # Compose removes the tagged value before it merges, so the merged one counts.
                    entries[key] = Entry(own.key, replace(entry.value, tag="!override"))
        return Mapping(entries, location, tag)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        tag = _local_tag(event.tag)
        start, end = _index(event.start_mark), _index(event.end_mark)
        while (match := _PROPERTY.match(self._file.text, start, end)) and (event.tag or event.anchor):
            start = match.end()
        if event.style in {"'", '"'}:
            location = self._file.location(start + 1, end - 1)
            self._quoted = (start, end) if location.end_line > location.line else self._quoted
            return Scalar(event.value, location, tag, text=event.value)
        if event.style in {"|", ">"}:
            return self._block(event, start, end, tag)
        is_string = event.tag == _STRING_TAG
        value = event.value if is_string else typed(event.value)
        return Scalar(value, self._file.location(start, end), tag, text=event.value)

    def _block(self, event: yaml.ScalarEvent, start: int, end: int, tag: str) -> Scalar:
        """A block scalar, located from its first character to its last."""
        text = self._file.text
        header = _BLOCK_HEADER.match(text, start, end)
        first = header.end() if header else end
        indented = _BLOCK_INDENT.match(text, first, end)
        indent = len(indented[1]) if indented else 0
        while end > first and text[end - 1].isspace():
            end -= 1
        if event.style == "|" and indent and header and not re.search("[1-9]", header[0]):
            location = self._file.location(first, max(first, end))
            return Scalar(event.value, replace(location, column=indent + 1), tag, indent, event.value)
        inner = indented.end() if indented else first
        return Scalar(event.value, self._file.location(min(inner, end), end), tag, text=event.value)

    def _error(
        self, message: str, event: yaml.Event, kind: ProblemKind = ProblemKind.INVALID
    ) -> DocumentError:
        location = self._file.location(_index(event.start_mark), _index(event.end_mark))
        return DocumentError(f"invalid YAML: {message}", location, kind)


def _index(mark: _Mark | None) -> int:
    return mark.index if mark else 0


def _local_tag(tag: str | None) -> str:
    return tag if tag and tag.startswith("!") and len(tag) > 1 else ""
