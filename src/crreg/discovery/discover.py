"""Discovery: every dev container of a repository, read for the images it needs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from crreg.discovery.build import Builds
from crreg.discovery.collected import Collected
from crreg.discovery.devcontainer import find_devcontainers, is_devcontainer, read_devcontainer
from crreg.discovery.dotenv import is_env_file
from crreg.discovery.features import collect_features
from crreg.discovery.found import Discovery, FoundImage, Problem, ProblemKind, Source
from crreg.location import Location
from crreg.workspace.reading import Workspace

MAX_CONFIGURATIONS = 1_000
"""Dev containers in one repository."""


MAX_PASSED_OVER = 20
"""Files that are noted one by one for not being committed."""


def discover(root: Path, environment: Mapping[str, str] | None = None) -> Discovery:
    """The images that the dev containers under `root` need, and the places that could not be read.

    Input that is broken is a problem at its place; every other file is read all the same. `environment` tells
    whether this is a workflow, in which only committed files count.
    """
    workspace = Workspace(root, environment)
    paths = find_devcontainers(workspace)
    collected = Collected()
    builds = Builds(workspace)
    for path in paths[:MAX_CONFIGURATIONS]:
        _collect_devcontainer(workspace, path, builds, collected)
    if len(paths) > MAX_CONFIGURATIONS:
        path = paths[MAX_CONFIGURATIONS]
        message = (
            f"{path} and what follows is not read: there are more than {MAX_CONFIGURATIONS} dev containers"
        )
        collected.unresolved(message, Location(path, 1, 1, 1, 1))
    _note_passed_over(workspace, paths, collected)
    return Discovery(
        configurations=tuple(paths),
        images=tuple(sorted(set(collected.images), key=_order_of_image)),
        problems=tuple(sorted(set(collected.problems), key=_order_of_problem)),
    )


def _note_passed_over(workspace: Workspace, paths: Sequence[str], collected: Collected) -> None:
    """Note the files that don't count, where somebody may wonder why: a dev container, or missing variables."""
    lacks_values = any(problem.kind is ProblemKind.UNRESOLVED for problem in collected.problems)
    noted = [
        (path, reason)
        for path, reason in workspace.passed_over.items()
        if is_devcontainer(path) or (lacks_values and is_env_file(path))
    ]
    for path, reason in noted[:MAX_PASSED_OVER]:
        collected.unresolved(f"{path} {reason}", Location(path, 1, 1, 1, 1))
    if len(noted) > MAX_PASSED_OVER:
        path, reason = noted[MAX_PASSED_OVER]
        message = f"{path} {reason}; and so it is with {len(noted) - MAX_PASSED_OVER - 1} more files"
        collected.unresolved(message, Location(path, 1, 1, 1, 1))
    if workspace.damage and paths:
        message = f"{workspace.damage}: so files count that may not be committed, and no .env file is read"
        collected.unresolved(message, Location(paths[0], 1, 1, 1, 1))


def _order_of_image(image: FoundImage) -> tuple[str | int, ...]:
    return (*_order(image.location), image.source, image.text)


def _order_of_problem(problem: Problem) -> tuple[str | int, ...]:
    return (*_order(problem.location), problem.message)


def _order(location: Location) -> tuple[str | int, ...]:
    """A location as a tuple: two locations would be made into tuples at every comparison."""
    return location.path, location.line, location.column, location.end_line, location.end_column


def _collect_devcontainer(workspace: Workspace, path: str, builds: Builds, collected: Collected) -> None:
    devcontainer = read_devcontainer(workspace, path, collected)
    if devcontainer.image is not None:
        collected.image(devcontainer.image, Source.IMAGE, "image")
    if devcontainer.build is not None:
        builds.collect(devcontainer.build, collected)
    if devcontainer.compose is not None:
        # Imported here, since most dev containers have no Compose project.
        from crreg.discovery.compose import collect_compose

        collect_compose(workspace, devcontainer.compose, builds, collected)
    if devcontainer.features is not None:
        collect_features(workspace, path, devcontainer.features, collected)
