"""Discovery: every dev container of a repository, read for the images it needs."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from crreg.discovery.builds import Builds
from crreg.discovery.collected import Collected
from crreg.discovery.compose.dotenv import is_env_file
from crreg.discovery.devcontainer.features import collect_features
from crreg.discovery.devcontainer.places import find_devcontainers, find_misnamed, is_devcontainer
from crreg.discovery.devcontainer.read import read_devcontainer
from crreg.discovery.found import Discovery, FoundImage, Problem, ProblemKind, Source
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.workspace.budget import LimitError, ReadingBudget
from crreg.workspace.readable import ReadableFiles
from crreg.workspace.reading import Workspace

MAX_CONFIGURATIONS = 1_000
"""Dev containers in one repository."""


MAX_PASSED_OVER = 20
"""Uncommitted files that are noted one by one; the others are only counted."""


def discover(
    root: Path, environment: Mapping[str, str] | None = None, budget: ReadingBudget | None = None
) -> Discovery:
    """Return the images that the dev containers under `root` need, and the places that could not be read.

    Broken input is a problem at its place; every other file is still read. A repository that exceeds a
    limit is one more problem, and what was found until then is kept.

    Args:
        root: the repository's root.
        environment: the environment variables; in a workflow, only committed files count.
        budget: what reading may cost; None for the usual budget of one repository.
    """
    workspace = Workspace(root, environment, budget)
    found = discover_in(workspace)
    return found if found.configurations or workspace.is_top else replace(found, is_elsewhere=True)


def discover_in(workspace: ReadableFiles) -> Discovery:
    """Discover like `discover`, from files that may be anywhere, within the budget of the files."""
    return _Discovering(workspace, Collected(workspace.budget), Builds(workspace)).discover()


@dataclass(slots=True)
class _Discovering:
    """One repository being read."""

    workspace: ReadableFiles
    collected: Collected
    builds: Builds
    cut: list[tuple[str, Location]] = field(default_factory=list)
    """Why and where reading stopped early. The errors are not kept: their frames hold everything being read."""

    packages_of: set[str] = field(default_factory=set)
    """The repositories whose packages a dev container asks to read."""

    def discover(self) -> Discovery:
        """Read every dev container, each within its share of the budget."""
        paths = self._paths()
        read = paths[:MAX_CONFIGURATIONS]
        for number, path in enumerate(read, 1):
            with self.workspace.budget.share(last=number == len(read)):
                self._collect(path)
        self._note_passed_over(read)
        if not paths:
            self._note_misnamed()
        problems = [*self.collected.problems, *self._too_many(paths), *self._cut_short()]
        return Discovery(
            configurations=tuple(paths),
            images=tuple(sorted(self.collected.images, key=_order_of_image)),
            problems=tuple(sorted(problems, key=_order_of_problem)),
            packages_of=frozenset(self.packages_of),
        )

    def _paths(self) -> list[str]:
        paths: list[str] = []
        try:
            with self.workspace.budget.share(last=False, only_time=True):
                for path in find_devcontainers(self.workspace):
                    paths.append(path)  # noqa: PERF402 - those found before a limit are kept
        except LimitError as error:
            self.cut.append((str(error), Location.start_of(".devcontainer")))
        return sorted(paths)

    def _collect(self, path: str) -> None:
        place = Location.start_of(path)
        try:
            devcontainer = read_devcontainer(self.workspace, path, self.collected)
            self.packages_of |= devcontainer.packages_of
            # It adds to the same images and problems.
            collected = replace(self.collected, may_make_files=devcontainer.may_make_files)
            if devcontainer.image is not None:
                collected.image(devcontainer.image, Source.IMAGE, "image", [devcontainer.platform])
            if devcontainer.build is not None:
                place = devcontainer.build.named_at
                self.builds.collect(devcontainer.build, collected)
            if devcontainer.compose is not None:
                # Imported here, since it takes 15 ms, and most dev containers have no Compose project.
                from crreg.discovery.compose.collect import collect_compose

                place = devcontainer.compose.location
                collect_compose(self.workspace, devcontainer.compose, self.builds, collected)
            if devcontainer.features is not None:
                place = devcontainer.features.location
                order = devcontainer.feature_order
                collect_features(self.workspace, path, devcontainer.features, order, collected)
        except LimitError as error:
            self.cut.append((str(error), place))

    def _note_passed_over(self, paths: Sequence[str]) -> None:
        """Note uncommitted files that may explain a result: dev containers, and env files if variables are missing."""
        lacks_values = any(problem.kind is ProblemKind.UNRESOLVED for problem in self.collected.problems)
        try:
            noted = [
                (path, reason)
                for path, reason in self.workspace.passed_over.items()
                if is_devcontainer(path) or (lacks_values and is_env_file(path))
            ]
            for path, reason in noted[:MAX_PASSED_OVER]:
                self.collected.unresolved(f"{path} {reason}", Location.start_of(path))
            if len(noted) > MAX_PASSED_OVER:
                path, _ = noted[MAX_PASSED_OVER]
                more = f"{path} and {len(noted) - MAX_PASSED_OVER - 1} more files are not committed either"
                self.collected.unresolved(more, Location.start_of(path))
            damage = self.workspace.damage
            if damage and paths:
                message = f"{damage}, so crreg reads files that may not be committed, and skips .env files"
                self.collected.unresolved(message, Location.start_of(paths[0]))
        except LimitError as error:
            self.cut.append((str(error), Location.start_of(".devcontainer")))

    def _note_misnamed(self) -> None:
        """Note files that Codespaces ignores because of their name; for a repository without a dev container."""
        with contextlib.suppress(LimitError):
            for path in sorted(find_misnamed(self.workspace))[:MAX_PASSED_OVER]:
                message = f"Codespaces does not read {path}: rename it to .devcontainer/devcontainer.json"
                self.collected.invalid(message, Location.start_of(path), Effect.UNPROVEN)

    def _too_many(self, paths: Sequence[str]) -> Iterator[Problem]:
        if len(paths) > MAX_CONFIGURATIONS:
            path = paths[MAX_CONFIGURATIONS]
            message = f"{path} and later ones were not read: there are more than {MAX_CONFIGURATIONS} dev containers"
            yield Problem(ProblemKind.UNRESOLVED, message, Location.start_of(path))

    def _cut_short(self) -> Iterator[Problem]:
        """Yield one problem for all limits, at the first place, so that the report stays readable."""
        if not self.cut:
            return
        (why, place), *others = self.cut
        more = f"; {len(others):,} more dev containers were cut short as well" if others else ""
        message = f"this was not read to the end: {why}{more}"
        yield Problem(ProblemKind.UNRESOLVED, message, place)


def _order_of_image(image: FoundImage) -> tuple[str | int, ...]:
    return (*_order(image.location), image.source, image.text)


def _order_of_problem(problem: Problem) -> tuple[str | int, ...]:
    return (*_order(problem.location), problem.message)


def _order(location: Location) -> tuple[str | int, ...]:
    """Return a location as a tuple, since each comparison of two locations would build tuples."""
    return location.path, location.line, location.column, location.end_line, location.end_column
