"""A Dockerfile taken apart into instructions, as BuildKit's parser does it (`frontend/dockerfile/parser`)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from crreg.discovery.dockerfile.expansion import split_words
from crreg.discovery.dockerfile.expansion_budget import Budget
from crreg.discovery.dockerfile.go_text import ASCII_SPACES, RE2_SPACES, trimmed
from crreg.discovery.dockerfile.lines import DockerfileError, LineReader, LogicalLine
from crreg.discovery.dockerfile.variable import ExpansionError
from crreg.discovery.dockerfile.words import (
    SEPARATOR,
    Word,
    WordError,
    json_array,
    leading_flags,
    name_value_pairs,
    separated,
    shell_words,
)

_JSON_OR_TEXT = frozenset({"cmd", "entrypoint", "run", "shell"})
_JSON_OR_WORDS = frozenset({"add", "copy", "volume"})
_TEXT = frozenset({"maintainer", "stopsignal", "user", "workdir"})
_WITH_HEREDOC = frozenset({"add", "copy", "run"})
_KIND = re.compile(rf"[^{ASCII_SPACES}]+")
_HEREDOC = re.compile(rf"(\d*)<<(-?)[{RE2_SPACES}]*([^<]*)")


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A document that follows the line that names it."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction; ONBUILD contains another."""

    name: str
    """As written."""
    keyword: str
    """The name in lower case."""
    flags: Sequence[Word]
    arguments: Sequence[str]
    words: Sequence[Word]
    """The arguments with their places, for ARG, COPY and FROM; empty for others."""
    is_json: bool
    line: LogicalLine
    last: int
    """The last line in the file, heredocs included."""
    heredocs: Sequence[Heredoc] = ()
    trigger: "Instruction | None" = None
    """The instruction that ONBUILD contains."""


def read_instructions(reader: LineReader, budget: Budget) -> Iterator[Instruction]:
    """Yield the instructions of a Dockerfile.

    Raises:
        DockerfileError: BuildKit's parser refuses the file; what comes before that place was yielded.
        ExpansionLimitError: a line exceeds a bound.
    """
    empty = True
    while (line := reader.next_line()) is not None:
        try:
            instruction = _split(line, 0, reader.escape)
        except WordError as error:
            raise DockerfileError(str(error), line.first, line.last) from error
        empty = False
        yield _with_heredocs(instruction, reader, budget)
    if empty:
        raise DockerfileError("the Dockerfile has no instructions", 1)


def _split(line: LogicalLine, start: int, escape: str, *, is_trigger: bool = False) -> Instruction:
    """Split the instruction that begins at `start` in the line."""
    text = line.text
    start, end = trimmed(text, start, len(text))
    separator = SEPARATOR.search(text, start, end)
    name = text[start : separator.start() if separator else end]
    flags, arguments_start = leading_flags(text, separator.end(), end, escape) if separator else ([], end)
    start, end = trimmed(text, arguments_start, end)
    keyword = name.lower()
    arguments: Sequence[str]
    words: Sequence[Word] = ()
    array: list[str] | None = None
    trigger: Instruction | None = None
    if keyword == "onbuild":
        if is_trigger:
            raise WordError("ONBUILD can't trigger another ONBUILD")
        trigger = _split(line, start, escape, is_trigger=True) if start < end else None
        arguments = ()
    elif keyword in {"env", "label"}:
        arguments = name_value_pairs(text, start, end, escape, keyword.upper())
    elif keyword == "arg":
        words = shell_words(text, start, end, escape)
        arguments = [word.text for word in words]
    elif keyword in {"from", "expose"}:
        words = separated(text, start, end)
        arguments = [word.text for word in words]
    elif keyword in _JSON_OR_WORDS:
        array = json_array(text[start:end])
        words = () if array is not None else separated(text, start, end)
        arguments = array if array is not None else [word.text for word in words]
    elif keyword in _JSON_OR_TEXT:
        array = json_array(text[start:end])
        arguments = array if array is not None else [text[start:end]] if start < end else []
    elif keyword == "healthcheck":
        arguments, array = _health_check(text, start, end)
    elif keyword in _TEXT:
        arguments = [text[start:end]] if start < end else []
    else:
        arguments = [""]
    return Instruction(
        name, keyword, flags, arguments, words, array is not None, line, line.last, trigger=trigger
    )


def _health_check(text: str, start: int, end: int) -> tuple[list[str], list[str] | None]:
    """The type of a HEALTHCHECK, and its command as text or array."""
    match = _KIND.match(text, start, end)
    if match is None:
        return [], None
    kind = match[0]
    rest_start, rest_end = trimmed(text, match.end(), end)
    rest = text[rest_start:rest_end]
    array = json_array(rest)
    if array is not None:
        return [kind, *array], array
    return ([kind, rest] if rest else [kind]), None


def _with_heredocs(instruction: Instruction, reader: LineReader, budget: Budget) -> Instruction:
    """Read the documents that the instruction's line names."""
    inner = instruction.trigger or instruction
    line = instruction.line
    if inner.keyword not in _WITH_HEREDOC or inner.is_json or "<<" not in line.text:
        return instruction
    heredocs: list[Heredoc] = []
    for name, chomp in _heredocs_named(line, budget):
        content = reader.heredoc(name, chomp=chomp)
        if content is None:
            raise DockerfileError(f"the heredoc {name!r} never ends", line.first, line.last)
        heredocs.append(Heredoc(name, content))
    return replace(instruction, last=reader.position, heredocs=heredocs)


def _heredocs_named(line: LogicalLine, budget: Budget) -> list[tuple[str, bool]]:
    """The terminators of the heredocs that a line names, and whether their tabs are chomped."""
    try:
        words = split_words(line.text, raw=True, raw_escapes=True, budget=budget)
    except ExpansionError:
        return []
    named: list[tuple[str, bool]] = []
    for word in words:
        match = _HEREDOC.fullmatch(word)
        if match is None or not match[3]:
            continue
        try:
            terminators = split_words(match[3], raw=False, raw_escapes=False, budget=budget)
            split_words(match[3], raw=True, raw_escapes=False, budget=budget)
        except ExpansionError as error:
            raise DockerfileError(f"heredoc {word!r}: {error}", line.first, line.last) from error
        if len(terminators) == 1:
            named.append((terminators[0], match[2] == "-"))
    return named
