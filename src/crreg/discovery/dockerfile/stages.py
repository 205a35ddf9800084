"""The stages of a Dockerfile, as written: what comes before the first FROM, and what each stage is made from."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.checks import InstructionError, check_instruction
from crreg.discovery.dockerfile.expansion_budget import Budget, ExpansionLimitError
from crreg.discovery.dockerfile.instructions import Instruction, read_instructions
from crreg.discovery.dockerfile.lines import DockerfileError, LineReader
from crreg.discovery.dockerfile.words import Word
from crreg.discovery.found import ProblemKind

MAX_STAGES = 1_000
"""A file with more stages is not read."""
MAX_INSTRUCTIONS = 10_000
"""A file with more instructions is not read; no image can have nearly as many layers."""

_WITH_SOURCES = frozenset({"copy", "run"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A FROM and what follows it."""

    instruction: Instruction
    """The FROM itself."""
    name: str
    """The name that `AS` gives it, in lower case; empty without one."""
    sources: list[Instruction] = field(default_factory=list)
    """Its COPY and RUN instructions that have flags, which may name other stages and images."""
    triggers: list[Instruction] = field(default_factory=list)
    """Its ONBUILD instructions."""

    @property
    def reference(self) -> Word:
        """The image or stage that it starts from, as written."""
        return self.instruction.words[0]


@dataclass(slots=True)
class Program:
    """A whole Dockerfile."""

    escape: str = "\\"
    """The escape token."""
    arguments: list[Instruction] = field(default_factory=list)
    """The ARG instructions before the first FROM."""
    stages: list[Stage] = field(default_factory=list)
    """At least one, once the file is read."""


def read_program(text: str, budget: Budget) -> Program:
    """Read a Dockerfile.

    Raises:
        DockerfileError: BuildKit refuses the file, or it exceeds a bound.
    """
    program = Program()
    reader = LineReader.of(text)
    last = 1
    try:
        for count, instruction in enumerate(read_instructions(reader, budget), 1):
            last = instruction.line.first
            if count > MAX_INSTRUCTIONS:
                raise _beyond(
                    f"the file has more than {MAX_INSTRUCTIONS} instructions and was not read", last
                )
            _add(program, instruction)
    except ExpansionLimitError as error:
        raise _beyond(str(error), last) from error
    program.escape = reader.escape
    if not program.stages:
        raise DockerfileError("the Dockerfile has no stage: a FROM is missing", last)
    return program


def _add(program: Program, instruction: Instruction) -> None:
    line = instruction.line
    try:
        check_instruction(instruction)
    except InstructionError as error:
        raise DockerfileError(str(error), line.first, line.last) from error
    keyword = instruction.keyword
    if keyword == "from":
        if len(program.stages) == MAX_STAGES:
            raise _beyond(f"the file has more than {MAX_STAGES} stages and was not read", line.first)
        name = instruction.arguments[2].lower() if len(instruction.arguments) > 1 else ""
        program.stages.append(Stage(instruction, name))
    elif not program.stages:
        if keyword != "arg":
            raise DockerfileError(
                f"{keyword.upper()} comes before the first FROM, where only ARG is allowed",
                line.first,
                line.last,
            )
        program.arguments.append(instruction)
    elif keyword == "onbuild":
        program.stages[-1].triggers.append(instruction)
    elif keyword in _WITH_SOURCES and instruction.flags:
        program.stages[-1].sources.append(instruction)


def _beyond(message: str, line: int) -> DockerfileError:
    return DockerfileError(message, line, kind=ProblemKind.UNRESOLVED)


def stage_names(stages: Iterable[Stage]) -> list[str]:
    """The names that `--target` may take, in the order of the file."""
    return list(dict.fromkeys(stage.name for stage in stages if stage.name))
