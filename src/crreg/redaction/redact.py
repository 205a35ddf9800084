"""Remove secret values from all output; facts/masked_values decides which values are secret."""

import functools
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from crreg.printable import OURS
from crreg.redaction.spelling import RUN, encodings, folded, spellings

REPLACEMENT = "***"
SHORTEST_LINE = 4
"""Minimum length of a line worth masking: a lone `{` from a JSON key reveals nothing and occurs everywhere."""
_SHORTEST_IN_TEXT = 6

_LINE_BREAK = re.compile(r"[\r\n]+")
_COMMAND = re.compile(r"::(?P<name>[a-z-]+ ?)(?P<properties>[^:\n]*)::(?P<message>.*\n?)")
_T = TypeVar("_T")


class FixedWord(str):
    """A word in a document that crreg itself wrote and readers compare with known words; it is never redacted."""

    __slots__ = ()


def mask_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the lines to pass to the runner's mask command, in order.

    A runner masks every line of a multi-line text, even the `{` of a JSON key. That would turn every `{` in the logs
    into `***` and drop each job output that is JSON. So we pass such a text line by line, without its short lines.
    Source: `AddMaskCommandExtension` in
    https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs
    """
    found: dict[str, None] = {}
    for text in texts:
        lines = [line.strip() for line in _LINE_BREAK.split(text)]
        found |= dict.fromkeys(
            [text] if len(lines) == 1 else [line for line in lines if len(line) >= SHORTEST_LINE]
        )
    return tuple(filter(str.strip, found))


class Redactor:
    """Replaces secrets, in any encoding, in what is about to be shown.

    This is the second line of defense. Server responses, where a value could first get into a text, are already cleaned
    of values of every length and of user names. Here, values under six characters stay: removing a password of two
    letters would damage every other word.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._spellings: tuple[str, ...] = ()
        self._letters: tuple[str, ...] = ()
        """Whole secrets, reduced to letters and digits, in several encodings."""
        self.hide(texts)

    def hide(self, texts: Iterable[str]) -> None:
        """Also remove these texts from now on. Thread-safe."""
        wanted = [text for text in dict.fromkeys(texts) if len(text) >= _SHORTEST_IN_TEXT]
        spelled = {
            spelling for text in wanted for spelling in spellings(text) if len(spelling) >= _SHORTEST_IN_TEXT
        }
        letters = {
            letters
            for text in wanted
            for letters, run, _ in encodings(text)
            if len(folded(text)) >= RUN and len(letters) >= run
        }
        with self._lock:
            spelled.update(self._spellings)
            self._spellings = tuple(sorted(spelled, key=lambda text: (-len(text), text)))
            self._letters = tuple(letters.union(self._letters))

    def redact(self, text: str) -> str:
        """Redact a finished text."""
        return _replaced(text, self._spellings)

    def line(self, text: str) -> str:
        """Redact a value or an unwrapped line; replace all of it if it contains a disguised secret."""
        return _line(text, self._spellings, self._letters)

    def value(self, value: _T) -> _T:
        """Redact every text in a report's value before it is rendered, including the keys of mappings.

        Wrapping and escaping could hide a secret from a later search. Enumerations, and fields whose metadata say that
        crreg wrote them (`OURS`), stay unchanged.
        """
        return self._changed(value, keys=True)

    def document(self, document: _T) -> _T:
        """Redact a document, or a part of one, before it is serialized; keys, enumerations and `FixedWord`s stay."""
        return self._changed(document, keys=False)

    def commands(self, text: str) -> str:
        """Redact messages and properties of workflow commands, one per line, so that each stays a command."""
        return "".join(map(self._command, text.splitlines(keepends=True)))

    def _command(self, line: str) -> str:
        found = _COMMAND.fullmatch(line)
        if found is None:
            return self.redact(line)
        properties = [
            f"{name}{equals}{self.redact(value)}"
            for name, equals, value in (each.partition("=") for each in found["properties"].split(","))
        ]
        return f"::{found['name']}{','.join(properties)}::{self.redact(found['message'])}"

    def _changed(self, value: _T, *, keys: bool) -> _T:
        """Redact a value. One search through all its texts first, because most reports have nothing to redact."""
        everything = "\n".join(_texts(value))
        letters = folded(everything) if self._letters else ""
        # Search each text only for the few secrets that occur at all.
        spelled = tuple(spelling for spelling in self._spellings if spelling in everything)
        disguised = tuple(each for each in self._letters if each in letters)
        if not spelled and not disguised:
            return value
        change = functools.cache(functools.partial(_line, spellings=spelled, letters=disguised))
        changed: _T = _rebuilt(value, change, keys=keys)
        return changed


def _replaced(text: str, spellings: Iterable[str]) -> str:
    for spelling in spellings:
        text = text.replace(spelling, REPLACEMENT)
    return text


def _line(text: str, spellings: Iterable[str], letters: Sequence[str]) -> str:
    redacted = _replaced(text, spellings)
    found = folded(redacted) if letters else ""
    return REPLACEMENT if any(each in found for each in letters) else redacted


def _texts(value: object) -> set[str]:
    """Return every text in a value. The report about an organization has the same parts in thousands of places."""
    texts: set[str] = set()
    seen: set[int] = set()
    left: list[Any] = [value]
    while left:
        each = left.pop()
        kind: Any = type(each)
        if kind is str:
            texts.add(each)
            continue
        parts = _parts(kind)
        if parts is not None and id(each) not in seen:
            seen.add(id(each))
            left += parts(each)
    return texts


@functools.cache
def _parts(kind: type) -> Callable[[Any], Iterable[object]] | None:
    """Return what lists the parts of a value of this class that may have texts; None if it has no texts to redact."""
    if issubclass(kind, Enum | FixedWord):
        return None
    if issubclass(kind, str):
        return lambda text: (str(text),)
    if issubclass(kind, Mapping):
        return lambda mapping: (*mapping.keys(), *mapping.values())
    if issubclass(kind, tuple | list | set | frozenset):
        return lambda values: values
    names = [each.name for each in fields(kind) if each.init] if is_dataclass(kind) else []
    return (lambda value: [getattr(value, name) for name in names]) if names else None


def _rebuilt(value: Any, change: Callable[[str], str], *, keys: bool) -> Any:
    """Return the value with every text changed; the same object if nothing changed."""
    again = functools.partial(_rebuilt, change=change, keys=keys)
    if isinstance(value, str):
        return value if isinstance(value, Enum | FixedWord) else change(value)
    if isinstance(value, Mapping):
        return {(again(key) if keys else key): again(each) for key, each in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return type(value)(map(again, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes = {}
    for each in fields(value):
        before = getattr(value, each.name)
        if each.init and not _is_ours(each.metadata.get(OURS), before):
            after = again(before)
            if after != before:
                changes[each.name] = after
    return replace(value, **changes) if changes else value


def _is_ours(words: object, text: object) -> bool:
    return words is True or (isinstance(words, frozenset) and text in words)
