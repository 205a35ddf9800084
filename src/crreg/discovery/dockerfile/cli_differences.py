"""Where the dev containers CLI reads a Dockerfile differently than BuildKit, and what to write instead."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crreg.discovery.dockerfile.cli_reader import LastFrom, read_as_cli
from crreg.discovery.dockerfile.expansion import Budget
from crreg.discovery.dockerfile.stages import Program, Stage
from crreg.discovery.found import Problem, ProblemKind
from crreg.findings.finding import Effect
from crreg.findings.location import Location

_NAME = re.compile(r"\$\{?([a-zA-Z0-9_]+)")
_PLAIN_VARIABLE = re.compile(r"\$(?:\w+|\{\w+(?::[-+][^}$]+)?\})")
_SPLIT = "write the image in the line of its FROM"
_TOP = "the CLI puts lines of its own above the file"


@dataclass(frozen=True, slots=True)
class BuildKitReading:
    """What BuildKit makes of a Dockerfile."""

    text: str
    path: str
    program: Program
    target: str | None
    """The stage to build; None for the last one."""
    base: str | None
    """The image that the target starts from, through all stages; None if that can't be told."""
    base_stage: Stage
    """The stage that starts from it."""


def differences(
    reading: BuildKitReading,
    build_args: Mapping[str, str | None],
    platform: Mapping[str, str],
    budget: Budget,
) -> Iterator[Problem]:
    """The first difference that keeps a codespace from starting, if there is one.

    The CLI puts a prefix above the file, and stages below it that are built upon the one that it takes for the target.
    Source: `buildAndExtendImage` of https://github.com/devcontainers/cli/blob/main/src/spec-node/singleContainer.ts

    Raises:
        ExpansionLimitError: the budget is spent.
    """
    cli = read_as_cli(reading.text, build_args, platform, budget)
    found = (
        _top(reading)
        or _last_stage(reading, cli.last)
        or _target(reading)
        or _base_image(reading, cli.base_image(reading.target))
    )
    if found is not None:
        yield found


def _top(reading: BuildKitReading) -> Problem | None:
    """What counts only at the top of a file."""
    if reading.text.startswith("\ufeff"):
        message = f"the file starts with a byte order mark, and {_TOP}: save it as UTF-8 without one"
        return _problem(message, Location(reading.path, 1, 1, 1, 1))
    body = reading.text.partition("\n")[2] if reading.program.escape == "`" else ""
    if "`" in body or "\\" in body:
        message = (
            f"the directive escape counts for BuildKit only, since {_TOP}: leave it out, and go on with \\"
        )
        return _problem(message, Location(reading.path, 1, 1, 1, 1))
    return None


def _last_stage(reading: BuildKitReading, last: LastFrom | None) -> Problem | None:
    """Whether the CLI builds upon the same stage, where no target is named."""
    if reading.target:
        return None
    stage = reading.program.stages[-1]
    place = _place(reading, stage)
    if last is None:
        return _problem("it finds no image in the line of the last FROM: write both in one line", place)
    if last.line != place.line:
        written = Location(reading.path, last.line, 1, last.line, len(last.text) + 1)
        message = (
            f"a line that begins with FROM is a stage to it, even inside a heredoc or a string: "
            f"begin this line with another word ({last.text[:60]!r})"
        )
        return _problem(message, written)
    if (last.label or "") != stage.name:
        return _wrong_name(stage, last.label, place)
    return None


def _wrong_name(stage: Stage, label: str | None, place: Location) -> Problem:
    if label is None and stage.reference.text.strip("\"'") not in {"", "\\"}:
        advice = f"write AS {stage.name} in the line of its FROM"
    elif label is None:
        advice = _SPLIT
    else:
        advice = f"write the stage's name in lower case, {label.lower()}"
    return _problem(f"it takes {label or 'no name'!r} for the name of the last stage: {advice}", place)


def _target(reading: BuildKitReading) -> Problem | None:
    """The CLI says FROM TARGET, where BuildKit finds a stage by its name in lower case alone."""
    names = {stage.name: stage for stage in reading.program.stages if stage.name}
    target = reading.target
    if not target or target in names:
        return None
    stage = names.get(target.lower(), reading.program.stages[-1])
    message = (
        f"it starts a stage of its own with FROM {target}, which names no stage: "
        "give the stage a name in lower case with AS, and use that as the target"
    )
    return _problem(message, _place(reading, stage))


def _base_image(reading: BuildKitReading, image: str | None) -> Problem | None:
    """Whether the CLI asks for the same base image."""
    base = reading.base
    if base is None or image is None or base in {image, "scratch"}:
        return None
    place, advice = _advice(reading)
    if not image:
        message = f"it finds no base image, and so reads none of its metadata: {advice}"
        return _problem(message, place, Effect.HYGIENE)
    return _problem(f"it takes {image!r} for the base image, which is {base!r}: {advice}", place)


def _advice(reading: BuildKitReading) -> tuple[Location, str]:
    """The line to blame, and what to write there."""
    stage = reading.base_stage
    written, place = stage.reference.text, _place(reading, stage)
    first = reading.text.split("\n")[place.line - 1]
    if re.search(r"(?i)from\s*\\\s*$", first):
        return place, _SPLIT
    if "$" in _PLAIN_VARIABLE.sub("", written):
        name = _NAME.search(written)
        variable = name[1] if name else "NAME"
        return place, f"write ${{{variable}}}, and give {variable} its default with ARG"
    for name in _NAME.findall(written):
        for instruction in reading.program.arguments:
            for word in instruction.arguments:
                declared, _, default = word.partition("=")
                line = instruction.line
                where = Location(reading.path, line.first, 1, line.last, 1)
                if declared == name and (len(instruction.arguments) > 1 or line.last > line.first):
                    return where, f"give {name} an ARG of its own, in one line"
                if declared == name and (
                    set("'\"\\ ") & set(default) or "$" in _PLAIN_VARIABLE.sub("", default)
                ):
                    return where, f"write the default of {name} without single quotes, spaces and escapes"
    if any(stage.name for stage in reading.program.stages):
        return place, "write each stage's name in lower case, in AS and in FROM, in the line of its FROM"
    return place, "write the image's name in the line of its FROM, with no quotes and no variables"


def _place(reading: BuildKitReading, stage: Stage) -> Location:
    """The line in which a stage's FROM begins."""
    line = stage.instruction.line
    start = len(line.text) - len(line.text.lstrip())
    return line.location(reading.path, start, start + len("FROM"))


def _problem(message: str, place: Location, softened: Effect | None = None) -> Problem:
    return Problem(ProblemKind.READ_DIFFERENTLY, message, place, softened)
