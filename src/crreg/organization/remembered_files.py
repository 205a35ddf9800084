"""What the files of a repository say, as JSON for the state file."""

from typing import Any

from crreg.discovery.found import Discovery, FoundImage, Problem, ProblemKind, Source
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.organization.listed import Files
from crreg.platform import Platform


def files_to_json(files: Files) -> dict[str, Any]:
    """Return a document that `files_from_json` reads."""
    discovery = files.discovery
    return {
        "configurations": list(discovery.configurations),
        "images": [
            [image.text, image.source, _place(image.location), _platform(image.platform)]
            for image in discovery.images
        ],
        "problems": [
            [problem.kind, problem.message, _place(problem.location), problem.softened]
            for problem in discovery.problems
        ],
        "packages_of": sorted(discovery.packages_of),
        "configuration": files.configuration,
        "configuration_path": files.configuration_path,
        "configuration_trouble": files.configuration_trouble,
    }


def files_from_json(document: Any) -> Files:
    """Return the files of a document that `files_to_json` made."""
    return Files(
        Discovery(
            configurations=tuple(document["configurations"]),
            images=tuple(
                FoundImage(text, Source(source), Location(*place), Platform(*platform))
                for text, source, place, platform in document["images"]
            ),
            problems=tuple(
                Problem(ProblemKind(kind), message, Location(*place), Effect(softened) if softened else None)
                for kind, message, place, softened in document["problems"]
            ),
            packages_of=frozenset(document["packages_of"]),
        ),
        document["configuration"],
        document["configuration_path"],
        document["configuration_trouble"],
    )


def _place(location: Location) -> list[str | int]:
    return [location.path, location.line, location.column, location.end_line, location.end_column]


def _platform(platform: Platform) -> list[str]:
    return [platform.os, platform.architecture, platform.variant]
