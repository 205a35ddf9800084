"""The stages and images that an instruction takes files from: `COPY --from=` and `RUN --mount=from=`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crreg.discovery.dockerfile.checks import InstructionError
from crreg.discovery.dockerfile.expansion import Budget, expand
from crreg.discovery.dockerfile.instructions import Instruction
from crreg.discovery.dockerfile.variable import ExpansionError, Value
from crreg.discovery.dockerfile.words import Word

_NO_VARIABLES: Mapping[str, Value] = {}


@dataclass(frozen=True, slots=True)
class SourceName:
    """A stage, an index of a stage, or an image."""

    text: str
    start: int
    """Offset in the instruction's line."""
    end: int
    may_be_index: bool
    """Whether a number counts stages, as in COPY."""


def source_names(instruction: Instruction, escape: str, budget: Budget) -> Iterator[SourceName]:
    """What an instruction names as its sources; BuildKit expands no variable here.

    Raises:
        InstructionError: a name is given by a variable, or a mount is broken.
        ExpansionLimitError: the budget is spent.
    """
    if instruction.keyword == "copy":
        for flag in instruction.flags:
            if flag.text.startswith("--from=") and len(flag.text) > len("--from="):
                yield _copy_source(flag, escape, budget)
    elif instruction.keyword == "run":
        for flag in instruction.flags:
            if flag.text.startswith("--mount="):
                yield _mount_source(flag)


def _copy_source(flag: Word, escape: str, budget: Budget) -> SourceName:
    begin = len("--from=")
    text = flag.text[begin:]
    try:
        expanded = expand(text, _NO_VARIABLES, escape=escape, budget=budget)
    except ExpansionError as error:
        raise InstructionError(f"--from={text}: {error}") from error
    if expanded.text != text:
        raise InstructionError(
            f"--from={text}: variables are not expanded here; name a stage, and give that its image with FROM"
        )
    return SourceName(text, *flag.span(begin, len(flag.text)), may_be_index=True)


def _mount_source(flag: Word) -> SourceName:
    """The source of a mount; one without `from` counts as `scratch`, as in BuildKit."""
    begin, end = len("--mount="), len("--mount=")
    text = ""
    for field, places in _fields(flag.text, begin):
        key, equals, value = field.partition("=")
        if key.lower() != "from" or not equals:
            continue
        if "$" in value[:-1]:
            raise InstructionError(f"from={value}: variables are not expanded here; name a stage instead")
        text = value
        begin, end = (places[len(key) + 1], places[-1] + 1) if value else (begin, begin)
    start, stop = flag.span(begin, end)
    return SourceName(text or "scratch", start, stop, may_be_index=False)


def _fields(text: str, start: int) -> Iterator[tuple[str, list[int]]]:
    """The comma-separated fields of `text[start:]`, each with the offsets of its characters in `text`."""
    position = start
    while position < len(text):
        places: list[int] = []
        if text[position] == '"':
            position = _quoted_field(text, position, places)
        else:
            end = text.find(",", position)
            end = len(text) if end < 0 else end
            places.extend(range(position, end))
            if '"' in text[position:end]:
                raise InstructionError('--mount: a " stands inside a field that does not begin with one')
            position = end
        yield "".join(text[place] for place in places), places
        position += 1


def _quoted_field(text: str, position: int, places: list[int]) -> int:
    """Read a field in double quotes, in which two of them stand for one; the offset after it."""
    while True:
        position += 1
        char = text[position : position + 1]
        if not char:
            raise InstructionError("--mount: a double quote is never closed")
        if char == '"':
            position += 1
            following = text[position : position + 1]
            if following in {"", ","}:
                return position
            if following != '"':
                raise InstructionError('--mount: a " stands inside a quoted field; write ""')
        places.append(position)
