"""Read a Dockerfile in a test: all of it, only the names, or only the problems."""

from collections.abc import Mapping

from crreg.discovery.dockerfile.images import images_of_dockerfile
from crreg.discovery.found import FoundImage, Problem, ProblemKind
from crreg.findings.location import Location

PATH = ".devcontainer/Dockerfile"


def read(
    text: str,
    *,
    build_args: Mapping[str, str | None] | None = None,
    target: str | None = None,
    build_contexts: Mapping[str, str] | None = None,
) -> tuple[tuple[FoundImage, ...], tuple[Problem, ...]]:
    return images_of_dockerfile(
        text, PATH, build_args=build_args or {}, target=target, build_contexts=build_contexts or {}
    )


def names(
    text: str,
    *,
    build_args: Mapping[str, str | None] | None = None,
    target: str | None = None,
    build_contexts: Mapping[str, str] | None = None,
) -> list[str]:
    images, problems = read(text, build_args=build_args, target=target, build_contexts=build_contexts)
    assert problems == ()
    return [image.text for image in images]


def problems_of(
    text: str,
    *,
    build_args: Mapping[str, str | None] | None = None,
    target: str | None = None,
) -> list[tuple[ProblemKind, str, int, int]]:
    _, problems = read(text, build_args=build_args, target=target)
    return [
        (problem.kind, problem.message, problem.location.line, problem.location.column)
        for problem in problems
    ]


def marked(text: str, location: Location) -> str:
    """Return the text that a location spans."""
    lines = text.split("\n")[location.line - 1 : location.end_line]
    lines[-1] = lines[-1][: location.end_column - 1]
    lines[0] = lines[0][location.column - 1 :]
    return "\n".join(lines)


def at(line: int, column: int, end_column: int, end_line: int | None = None) -> Location:
    return Location(PATH, line, column, end_line or line, end_column)
