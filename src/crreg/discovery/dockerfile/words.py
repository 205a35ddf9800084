"""The words of one Dockerfile line, each with its place: flags, arguments, name=value pairs, JSON arrays."""

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from crreg.discovery.dockerfile.go_text import ASCII_SPACES, SPACE_CLASS, SPACES

SEPARATOR = re.compile(r"[\t\v\f\r ]+")
"""What separates an instruction from its arguments, and the arguments of FROM and COPY."""

_SPACES = re.compile(rf"[{ASCII_SPACES}]+")


class WordError(Exception):
    """Arguments that BuildKit refuses."""


@dataclass(frozen=True, slots=True)
class Word:
    """An argument, or a flag without its quotes and escapes."""

    text: str
    places: Sequence[int]
    """For each character of `text`, its offset in the line."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the line at which `text[start:end]` begins and ends."""
        if start < end:
            return self.places[start], self.places[end - 1] + 1
        after = self.places[start - 1] + 1 if 0 < start <= len(self.places) else 0
        return after, after


@dataclass(frozen=True, slots=True)
class _Patterns:
    """The patterns that depend on the escape token."""

    flag: re.Pattern[str]
    word: re.Pattern[str]


@functools.cache
def _patterns(escape: str) -> _Patterns:
    token = re.escape(escape)
    # In a flag both kinds of quotes can hold escapes; in a word, as in a shell, only double ones can. A quote that
    # is never closed lasts to the end, and an escape token at the very end is dropped.
    flag = (
        rf"(?:[^{ASCII_SPACES}'\"{token}]++|{token}."
        rf"|'(?:[^'{token}]++|{token}.)*+'?+|\"(?:[^\"{token}]++|{token}.)*+\"?+)++"
    )
    word = (
        rf"(?:[^{SPACE_CLASS}'\"{token}]++|{token}."
        rf"|'[^']*+'?+|\"(?:[^\"{token}]++|{token}.)*+\"?+)++"
    )
    return _Patterns(re.compile(flag, re.DOTALL), re.compile(word, re.DOTALL))


def leading_flags(line: str, start: int, end: int, escape: str) -> tuple[list[Word], int]:
    """The `--` flags at `start`, and the offset at which the arguments begin."""
    flags: list[Word] = []
    pattern = _patterns(escape).flag
    position = start
    while True:
        position = _end_of_spaces(line, position, end)
        if not line.startswith("--", position, end):
            return flags, position
        match = pattern.match(line, position, end)
        stop = match.end() if match else position
        flag = _bare(line, position, stop, escape)
        if stop == end - 1 and line[stop] == escape:
            stop = end
        if flag.text == "--":
            return flags, stop
        flags.append(flag)
        position = stop


def _end_of_spaces(line: str, start: int, end: int) -> int:
    match = _SPACES.match(line, start, end)
    return match.end() if match else start


def _bare(line: str, start: int, end: int, escape: str) -> Word:
    """A flag without its quotes and escapes."""
    raw = line[start:end]
    if escape not in raw and "'" not in raw and '"' not in raw:
        return Word(raw, range(start, end))
    places: list[int] = []
    quote = ""
    position = start
    while position < end:
        char = line[position]
        if char == quote:
            quote = ""
        elif not quote and char in "'\"":
            quote = char
        else:
            position += char == escape
            places.append(position)
        position += 1
    return Word("".join(line[place] for place in places), places)


def separated(line: str, start: int, end: int) -> list[Word]:
    """The arguments of FROM, COPY and the like: no quotes, no escapes."""
    words: list[Word] = []
    position = start
    if start == end:
        return words
    for match in SEPARATOR.finditer(line, start, end):
        words.append(Word(line[position : match.start()], range(position, match.start())))
        position = match.end()
    words.append(Word(line[position:end], range(position, end)))
    return words


def shell_words(line: str, start: int, end: int, escape: str) -> list[Word]:
    """The arguments of ARG, ENV and LABEL, with their quotes and escapes."""
    pattern = _patterns(escape).word
    return [Word(match[0], range(match.start(), match.end())) for match in pattern.finditer(line, start, end)]


def name_value_pairs(line: str, start: int, end: int, escape: str, command: str) -> list[str]:
    """The names and values of ENV or LABEL, in turn.

    Raises:
        WordError: a value is missing.
    """
    words = shell_words(line, start, end, escape)
    if not words:
        return []
    if "=" not in words[0].text:
        parts = SEPARATOR.split(line[start:end], maxsplit=1)
        if len(parts) == 1:
            raise WordError(f"{command} must have two arguments")
        return parts
    pairs: list[str] = []
    for word in words:
        name, equals, value = word.text.partition("=")
        if not equals:
            raise WordError(f"can't find = in {word.text!r}: expected name=value")
        pairs += (name, value)
    return pairs


def json_array(text: str) -> list[str] | None:
    """Return the strings of a JSON array; None if `text` is not one.

    Raises:
        WordError: the array contains anything but strings.
    """
    if not text.lstrip(SPACES).startswith("["):
        return None
    try:
        array = json.loads(text.lstrip(SPACES), parse_int=float, parse_constant=_refuse_constant)
    except ValueError:
        return None
    except RecursionError:
        raise WordError("the JSON array is nested too deeply") from None
    if not all(isinstance(item, str) for item in array):
        raise WordError("when using JSON array syntax, arrays must be comprised of strings only")
    return array if isinstance(array, list) else None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
