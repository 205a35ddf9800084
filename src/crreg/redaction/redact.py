"""Keeping secret values out of everything that is written."""

import base64
import functools
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from crreg.redaction.spelling import RUN, encodings, folded, spellings
from crreg.text import OURS
from crreg.triple import Triple, is_key

REPLACEMENT = "***"
SHORTEST_LINE = 4
"""Characters that a line of a value has at least to be masked: `{` alone, as in a JSON key, tells nothing and
stands everywhere."""
_SHORTEST_IN_TEXT = 6

_LINE_BREAK = re.compile(r"[\r\n]+")
_COMMAND = re.compile(r"::(?P<name>[a-z-]+ ?)(?P<properties>[^:\n]*)::(?P<message>.*\n?)")
_T = TypeVar("_T")


class Word(str):
    """A word of our own in a document, which a reader of the document compares with others: never redacted."""

    __slots__ = ()


def secret_texts(triples: Iterable[Triple], others: Iterable[str] = ()) -> tuple[str, ...]:
    """Every text that must not be written, longest first.

    Of each triple the password, its lines, the base64 of `user:password`, and a user that is a key; of `others`
    (tokens, keys) the value and its lines. Any other user is shown: a report names it, and the runner masks it by
    itself if the caller keeps it as a secret.
    """
    found: set[str] = set()
    for triple in triples:
        user, password = triple.user or "", triple.password or ""
        if is_key(user):
            found |= {user, user.strip()}
        if password:
            found |= _with_lines(password)
            for name, value in ((user, password), (user.strip(), password.strip())):
                found.add(base64.b64encode(f"{name}:{value}".encode(errors="surrogateescape")).decode())
    for other in others:
        found |= _with_lines(other)
    return _ordered(found)


def mask_texts(texts: Iterable[str]) -> tuple[str, ...]:
    """The same as the lines for which a runner is asked to look, in their order.

    A runner masks each line of a text of several lines, the shortest among them: of a JSON key the `{` as well, which
    then is `***` in every log and removes each job output that is JSON. So such a text goes line by line, and its short
    lines not at all.
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


def _ordered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, texts), key=lambda text: (-len(text), text)))


def _with_lines(value: str) -> set[str]:
    lines = {line.strip() for line in value.splitlines()}
    return {value, value.strip(), *(line for line in lines if len(line) >= SHORTEST_LINE)}


class Redactor:
    """Replaces secrets in what is about to be shown, however they are spelled there.

    It stands behind the place where a value could first have got into a text, which is a server's answer, and
    there values of every length are taken out, users among them. Here those of under six characters are left:
    a password of two letters would tear holes into every other word.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._spellings: tuple[str, ...] = ()
        self._letters: tuple[str, ...] = ()
        """Whole secrets without what can stand between their letters, in several encodings."""
        self.hide(texts)

    def hide(self, texts: Iterable[str]) -> None:
        """Take out these as well from now on; any thread may call it."""
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
        """A finished text without any mask."""
        return _replaced(text, self._spellings)

    def line(self, text: str) -> str:
        """A value, or a line that nobody wraps: nothing of it is left where a secret is there in disguise."""
        return _line(text, self._spellings, self._letters)

    def value(self, value: _T) -> _T:
        """A value of a report, before it is rendered: every text within it redacted, keys of mappings included.

        Wrapping and escaping would hide a secret from a search. Enumerations, and fields whose metadata say that
        they hold words of our own (`OURS`), stay as they are.
        """
        return self._changed(value, keys=True)

    def document(self, document: _T) -> _T:
        """A document, or a part of one, before it is serialized; keys, enumerations and our own words stay."""
        return self._changed(document, keys=False)

    def commands(self, text: str) -> str:
        """Workflow commands, one a line: their messages and properties, so that each stays a command."""
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
        """Most reports hold nothing to redact, which one search through all of their texts shows."""
        everything = "\n".join(dict.fromkeys(_texts(value)))
        letters = folded(everything) if self._letters else ""
        # The few that are there are all that each text is searched for.
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
    there = folded(redacted) if letters else ""
    return REPLACEMENT if any(each in there for each in letters) else redacted


def _texts(value: object) -> Iterator[str]:
    """Every text within a value."""
    if isinstance(value, str):
        if not isinstance(value, Enum | Word):
            yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _texts(key)
            yield from _texts(each)
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _texts(each)
    elif is_dataclass(value):
        for each_field in fields(value):
            if each_field.init:
                yield from _texts(getattr(value, each_field.name))


def _rebuilt(value: Any, change: Callable[[str], str], *, keys: bool) -> Any:
    """The value with every text changed; itself where none is."""
    again = functools.partial(_rebuilt, change=change, keys=keys)
    if isinstance(value, str):
        return value if isinstance(value, Enum | Word) else change(value)
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
