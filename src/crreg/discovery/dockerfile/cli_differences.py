"""Where the dev containers CLI reads a Dockerfile differently than BuildKit, and what to write instead."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from crreg.discovery.dockerfile.cli_reader import LastFrom, read_as_cli
from crreg.discovery.dockerfile.expansion_budget import Budget
from crreg.discovery.dockerfile.stages import Program, Stage
from crreg.discovery.found import Problem, ProblemKind
from crreg.findings.finding import Effect
from crreg.findings.location import Location

_NAME = re.compile(r"\$\{?([a-zA-Z0-9_]+)")
_PLAIN_VARIABLE = re.compile(r"\$(?:\w+|\{\w+(?::[-+][^}$]+)?\})")
_SPLIT = "write the image on the line of its FROM"
_TOP = "the CLI inserts lines above the file"


@dataclass(frozen=True, slots=True)
class BuildKitReading:
    """What BuildKit makes of a Dockerfile."""

    text: str
    path: str
    program: Program
    target: str | None
    """The stage to build; None for the last one."""
    base: str | None
    """The image that the target starts from, through all stages; None if it is not known."""
    base_stage: Stage
    """The stage that starts from it."""


def differences(
    reading: BuildKitReading,
    build_args: Mapping[str, str | None],
    platform: Mapping[str, str],
    budget: Budget,
) -> Iterator[Problem]:
    """Yield the first difference that keeps a codespace from starting, if there is one.

    The CLI inserts lines above the file, and adds stages below it that start from what it reads as the target.
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
    """Find what only works at the top of a file."""
    if reading.text.startswith("\ufeff"):
        message = f"the file starts with a byte order mark, but {_TOP}: save it as UTF-8 without that mark"
        return _problem(message, Location.start_of(reading.path))
    body = reading.text.partition("\n")[2] if reading.program.escape == "`" else ""
    if "`" in body or "\\" in body:
        message = f"the escape directive works only for BuildKit, since {_TOP}: remove it, and continue lines with \\"
        return _problem(message, Location.start_of(reading.path))
    return None


def _last_stage(reading: BuildKitReading, last: LastFrom | None) -> Problem | None:
    """Check that the CLI extends the same stage if no target is named."""
    if reading.target:
        return None
    stage = reading.program.stages[-1]
    place = _place(reading, stage)
    if last is None:
        return _problem(
            "the dev containers CLI finds no image on the line of the last FROM: write both on one line",
            place,
        )
    if last.line != place.line:
        written = Location(reading.path, last.line, 1, last.line, len(last.text) + 1)
        message = (
            "the dev containers CLI reads every line that begins with FROM as a stage, even inside a heredoc or a "
            f"string: begin this line with another word ({last.text[:60]!r})"
        )
        return _problem(message, written)
    if (last.label or "") != stage.name:
        return _wrong_name(stage, last.label, place)
    return None


def _wrong_name(stage: Stage, label: str | None, place: Location) -> Problem:
    if label is None and stage.reference.text.strip("\"'") not in {"", "\\"}:
        advice = f"write AS {stage.name} on the line of its FROM"
    elif label is None:
        advice = _SPLIT
    else:
        advice = f"write the stage's name in lower case, {label.lower()}"
    found = (
        "the dev containers CLI finds no name for the last stage"
        if label is None
        else f"the dev containers CLI reads {label!r} as the last stage's name"
    )
    return _problem(f"{found}: {advice}", place)


def _target(reading: BuildKitReading) -> Problem | None:
    """Check the case of the target: in the CLI's FROM TARGET, BuildKit finds only names in lower case."""
    names = {stage.name: stage for stage in reading.program.stages if stage.name}
    target = reading.target
    if not target or target in names:
        return None
    stage = names.get(target.lower(), reading.program.stages[-1])
    message = (
        f"the dev containers CLI adds a stage that starts FROM {target}, but no stage has exactly this name: "
        "give the stage a name in lower case with AS, and use that as the target"
    )
    return _problem(message, _place(reading, stage))


def _base_image(reading: BuildKitReading, image: str | None) -> Problem | None:
    """Check that the CLI finds the same base image, and that it is one.

    Source: https://github.com/devcontainers/cli/issues/239 (scratch)
    """
    base = reading.base
    if base == "scratch":
        message = (
            "the dev containers CLI asks for an image scratch, which does not exist: name an image in FROM, and copy "
            "files into it"
        )
        return _problem(message, _place(reading, reading.base_stage))
    if base is None or image is None or base == image:
        return None
    place, advice = _advice(reading)
    if not image:
        message = (
            f"the dev containers CLI finds no base image, so it does not read the image's metadata: {advice}"
        )
        return _problem(message, place, Effect.HYGIENE)
    return _problem(
        f"the dev containers CLI reads {image!r} as the base image, but BuildKit reads {base!r}: {advice}",
        place,
    )


def _advice(reading: BuildKitReading) -> tuple[Location, str]:
    """Return the line to change, and what to write there."""
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
                    return where, f"give {name} an ARG of its own, on one line"
                if declared == name and (
                    set("'\"\\ ") & set(default) or "$" in _PLAIN_VARIABLE.sub("", default)
                ):
                    return where, f"write the default of {name} without single quotes, spaces or escapes"
    if any(stage.name for stage in reading.program.stages):
        return place, "write each stage's name in lower case, both in AS and in FROM, on the line of its FROM"
    return place, "write the image's name on the line of its FROM, without quotes or variables"


def _place(reading: BuildKitReading, stage: Stage) -> Location:
    """Return the place of a stage's FROM."""
    line = stage.instruction.line
    start = len(line.text) - len(line.text.lstrip())
    return line.location(reading.path, start, start + len("FROM"))


def _problem(message: str, place: Location, softened: Effect | None = None) -> Problem:
    return Problem(ProblemKind.READ_DIFFERENTLY, message, place, softened)
