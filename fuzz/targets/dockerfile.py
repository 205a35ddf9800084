"""Dockerfiles: their lines, directives, instructions, words, variables and stages."""

from fuzz.target import ensure, target

from crreg.discovery.dockerfile.checks import InstructionError, check_instruction
from crreg.discovery.dockerfile.directives import find_syntax, parse_directive
from crreg.discovery.dockerfile.expansion import expand, split_words
from crreg.discovery.dockerfile.expansion_budget import Budget, ExpansionLimitError
from crreg.discovery.dockerfile.graph import source_names
from crreg.discovery.dockerfile.images import images_of_dockerfile
from crreg.discovery.dockerfile.instructions import read_instructions
from crreg.discovery.dockerfile.lines import DockerfileError, LineReader
from crreg.discovery.dockerfile.variable import (
    ExpansionError,
    Unknown,
    UnknownValueError,
    Value,
    match_starts,
    parse_pattern,
    prefix_length,
    suffix_length,
)
from crreg.discovery.dockerfile.words import (
    WordError,
    json_array,
    leading_flags,
    name_value_pairs,
    separated,
    shell_words,
)

_WORK = 100_000
_VARIABLES: dict[str, Value] = {
    "A": "a/b:c",
    "EMPTY": "",
    "LONG": "x" * 60,
    "HIDDEN": Unknown("HIDDEN", "only the codespace knows"),
}


@target(
    "dockerfile-instructions", raises=(DockerfileError, InstructionError, ExpansionLimitError), longest=4096
)
def instructions(text: str) -> None:
    """Line numbers increase, and every word is at its location."""
    reader = LineReader.of(text)
    last = 0
    for instruction in read_instructions(reader, Budget(_WORK)):
        ensure(
            last < instruction.line.first <= instruction.line.last <= instruction.last, "lines run backwards"
        )
        last = instruction.last
        for word in (*instruction.flags, *instruction.words):
            start, end = word.span(0, len(word.text))
            ensure(0 <= start <= end <= len(instruction.line.text), "a word is outside of its line")
        check_instruction(instruction)
        for source in source_names(instruction, reader.escape, Budget(_WORK)):
            ensure(source.start <= source.end, "a source ends before it begins")


@target("dockerfile-directives")
def directives(text: str) -> None:
    """A directive's value is in its line, and the frontend that it names is in the file."""
    line = text.partition("\n")[0]
    directive = parse_directive(line)
    if directive is not None:
        ensure(line.startswith(directive.value, directive.start), "the value is not where it should be")
    syntax = find_syntax(text, "Dockerfile")
    ensure(syntax is None or syntax.location.line >= 1, "the frontend is nowhere")


@target("dockerfile-words", raises=(WordError,))
def words(text: str) -> None:
    """Each word is the text at its location."""
    line = text.replace("\n", " ")
    for escape in ("\\", "`"):
        flags, start = leading_flags(line, 0, len(line), escape)
        ensure(0 <= start <= len(line), "the arguments begin outside of the line")
        for word in flags:
            ensure(
                all(line[place] == char for place, char in zip(word.places, word.text, strict=True)), "moved"
            )
        for word in (*separated(line, start, len(line)), *shell_words(line, start, len(line), escape)):
            begin, end = word.span(0, len(word.text))
            ensure(line[begin:end] == word.text, "a word is not the text at its location")
    json_array(line)
    name_value_pairs(line, 0, len(line), "\\", "ENV")


@target("dockerfile-expansion", raises=(ExpansionError, UnknownValueError, ExpansionLimitError), weight=2)
def expansion(text: str) -> None:
    """A word without quotes, escapes and variables is unchanged, and the work stays within its budget."""
    for escape in ("\\", "`"):
        budget = Budget(_WORK)
        expanded = expand(text, _VARIABLES, escape=escape, budget=budget)
        ensure(len(expanded.text) <= _WORK, "the text is longer than its budget")
        plain = not set("$'\"\\`\ufeff<") & set(text)
        ensure(not plain or expanded.text == text, "a plain word changed")
    for raw in (False, True):
        split_words(text, raw=raw, raw_escapes=raw, budget=Budget(_WORK))


@target("glob-pattern", raises=(ExpansionError,), longest=512)
def glob_pattern(pattern: str, value: str) -> None:
    """The longest match is at least as long as the shortest, and both are within the value."""
    elements = parse_pattern(pattern)
    for length in (prefix_length, suffix_length):
        shortest, longest = (length(elements, value, longest=flag) for flag in (False, True))
        ensure((shortest is None) == (longest is None), "there is one match and not the other")
        ensure(shortest is None or longest is None or 0 <= shortest <= longest <= len(value), "out of bounds")
    ensure(match_starts(elements, value) >> (len(value) + 1) == 0, "a match begins beyond the value")


@target("dockerfile", longest=4096, weight=2)
def dockerfile(text: str, name: str, value: str) -> None:
    """No file raises an exception: a problem has a location in the file."""
    arguments: dict[str, str | None] = {name: value, "HIDDEN": None} if name else {}
    for stage in (None, value):
        images, problems = images_of_dockerfile(text, "Dockerfile", build_args=arguments, target=stage)
        for place in (*(image.location for image in images), *(problem.location for problem in problems)):
            ensure(
                1 <= place.line <= place.end_line <= text.count("\n") + 1, "a place is outside of the file"
            )
