"""The images that building a Dockerfile pulls, each where the file names it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.arguments import NameResolver, global_arguments, platform_arguments
from crreg.discovery.dockerfile.cli_differences import BuildKitReading, differences
from crreg.discovery.dockerfile.cli_reader import read_as_cli
from crreg.discovery.dockerfile.contexts import BuildContexts
from crreg.discovery.dockerfile.directives import SyntaxImage, find_syntax
from crreg.discovery.dockerfile.expansion_budget import WORK, Budget, ExpansionLimitError
from crreg.discovery.dockerfile.go_text import SPACES
from crreg.discovery.dockerfile.graph import Graph, Node
from crreg.discovery.dockerfile.lines import DockerfileError
from crreg.discovery.dockerfile.stages import Program, Stage, read_program, stage_names
from crreg.discovery.found import FoundImage, Problem, ProblemKind, Source, other_platform
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.platform import LINUX_AMD64, Platform

_FRONTENDS = frozenset({"docker/dockerfile", "docker/dockerfile-upstream"})
_SYNTAX_ARGUMENT = "BUILDKIT_SYNTAX"
_MOST_STAGES_NAMED = 20
_NO_CONTEXTS: Mapping[str, str] = {}


def images_of_dockerfile(
    text: str,
    path: str,
    *,
    build_args: Mapping[str, str | None],
    target: str | None,
    build_contexts: Mapping[str, str] = _NO_CONTEXTS,
    platform: Platform = LINUX_AMD64,
    cli_args: Mapping[str, str | None] | None = None,
    budget: Budget | None = None,
) -> tuple[tuple[FoundImage, ...], tuple[Problem, ...]]:
    """Return the images that a build pulls, reading the file as BuildKit's own frontend does.

    Args:
        text: the file's content.
        path: its path in the workspace, for locations.
        build_args: build arguments; None for a value that is not known here.
        target: the stage to build; None for the last one.
        build_contexts: named contexts and their addresses, such as `docker-image://img:1`.
        platform: the platform to build for, normalized.
        cli_args: the build arguments that the dev containers CLI knows; None if it does not read the file.
        budget: the work that its variables may cost; `work_for(text)` if None.

    Returns:
        The images of the stages that the target reaches, and what could not be read, both in the order of the file.
    """
    contexts = BuildContexts.of(build_contexts)
    budget = budget or work_for(text)
    reading = _Reading(text, path, build_args, target or None, contexts, platform, cli_args, budget)
    syntax = reading.read_syntax()
    if syntax is None or syntax.is_dockerfile:
        reading.read_stages()
    images = sorted(reading.images, key=lambda image: image.location)
    problems = sorted(reading.problems.values(), key=lambda problem: problem.location)
    return tuple(images), tuple(problems)


def work_for(text: str) -> Budget:
    """Return a budget that is enough for any honest file: each character may be read several times."""
    return Budget(WORK + 8 * len(text))


@dataclass(slots=True)
class _Reading:
    """One Dockerfile being read."""

    text: str
    path: str
    build_args: Mapping[str, str | None]
    target: str | None
    contexts: BuildContexts
    platform: Platform
    cli_args: Mapping[str, str | None] | None
    budget: Budget
    images: list[FoundImage] = field(default_factory=list)
    problems: dict[Location, Problem] = field(default_factory=dict)
    """The first problem at each place."""
    _deferred: dict[int, tuple[ProblemKind, str]] = field(default_factory=dict)
    """Why a stage's image is not known, by the stage's index; it only counts if the target reaches the stage."""
    _other_frontend: str = ""
    """The frontend that reads the file, if it is not Docker's own; to it, what looks broken may be valid."""

    def read_syntax(self) -> SyntaxImage | None:
        """Find the frontend; the build argument that names it wins over the file."""
        syntax = find_syntax(self.text, self.path)
        location = syntax.location if syntax else Location.start_of(self.path)
        if _SYNTAX_ARGUMENT in self.build_args:
            value = self.build_args[_SYNTAX_ARGUMENT]
            if value is None:
                message = f"the frontend depends on {_SYNTAX_ARGUMENT}, whose value is not known here"
                self._add(ProblemKind.UNRESOLVED, message, location)
                return None
            syntax = SyntaxImage(value.strip(SPACES).partition(" ")[0], location, is_dockerfile=True)
        if syntax is None:
            return None
        if not syntax.text.strip():
            self._add(ProblemKind.INVALID, "the syntax directive names no image", location)
            return None
        self.images.append(FoundImage(syntax.text, Source.SYNTAX, location))
        if not _is_docker_frontend(syntax.text):
            self._other_frontend = syntax.text
        return syntax

    def read_stages(self) -> None:
        """Read the file itself."""
        budget = self.budget
        try:
            program = read_program(self.text, budget)
            arguments = global_arguments(program, self.build_args, self.target, self.platform, budget)
            self._read_program(program, NameResolver(arguments, program.escape, budget))
        except DockerfileError as error:
            self._add(error.kind, error.message, self._lines(error.first, error.last))
        except ExpansionLimitError as error:
            self._add(ProblemKind.UNRESOLVED, str(error), self._lines(1, 1))

    def _read_program(self, program: Program, names: NameResolver) -> None:
        graph = Graph(self.path, program.escape, names.budget, self._refuse)
        for stage in program.stages:
            platform = self._platform_of(stage, len(graph.nodes), names)
            context = self.contexts.find(stage.name, platform or self.platform) if stage.name else None
            text = self._base_name(stage, len(graph.nodes), names)
            graph.add_stage(stage, text, _place(stage, self.path), context, platform)
        last = graph.nodes[-1]
        graph.link()
        target = graph.find(self.target) if self.target else last
        if target is None:
            known = ", ".join(stage_names(program.stages)[:_MOST_STAGES_NAMED])
            known = f"the stages are: {known}" if known else "no stage has a name"
            message = f"there is no stage {self.target!r} to build; {known}"
            self._refuse(message, _place(program.stages[-1], self.path))
            return
        for node in graph.reachable(target):
            self._add_image(node)
        if self.cli_args is not None and not self._other_frontend and not self.problems:
            self._compare(program, target, self.cli_args)
        base = _base_of(target)
        if base.platform is not None and base.platform not in {LINUX_AMD64, self.platform}:
            self.problems.setdefault(
                base.location, other_platform("the last stage", base.platform, base.location)
            )

    def _compare(self, program: Program, target: Node, cli_args: Mapping[str, str | None]) -> None:
        """Note where the dev containers CLI reads the file differently."""
        base = _base_of(target)
        name = base.text
        if base.stage is None:
            return
        if (
            name is not None
            and base.context is None
            and self.contexts.find(name, base.platform or self.platform)
        ):
            message = (
                f"the dev containers CLI ignores build contexts, and asks for an image {name}: name the image itself "
                "in FROM"
            )
            place = _place(base.stage, self.path)
            self.problems.setdefault(place, Problem(ProblemKind.READ_DIFFERENTLY, message, place))
            return
        reading = BuildKitReading(self.text, self.path, program, self.target, name, base.stage)
        platform = platform_arguments(self.platform)
        for problem in differences(reading, self.build_args, platform, self.budget):
            self.problems.setdefault(problem.location, problem)
            return
        image = read_as_cli(self.text, cli_args, platform, self.budget).base_image(self.target)
        if image and name not in {image, None, "scratch"}:
            place = _place(base.stage, self.path)
            message = (
                f"the dev containers CLI ignores the build arguments in build.options, and asks for {image} as well as "
                f"{name}: move them to build.args"
            )
            self.images.append(FoundImage(image, Source.BUILD, place))
            problem = Problem(ProblemKind.READ_DIFFERENTLY, message, place, Effect.HYGIENE)
            self.problems.setdefault(place, problem)

    def _base_name(self, stage: Stage, index: int, names: NameResolver) -> str | None:
        """Return what the FROM names after expansion; None if it is not known, which is noted."""
        name = names.image(stage.reference.text)
        if name.kind is not None and name.always:
            self._add(name.kind, name.message, _place(stage, self.path))
        elif name.kind is not None:
            self._deferred[index] = (name.kind, name.message)
        return name.text

    def _platform_of(self, stage: Stage, index: int, names: NameResolver) -> Platform | None:
        """Return the platform that a FROM names; None if it names none, or it is not known, which is noted."""
        line, platform = stage.instruction.line, None
        for flag in stage.instruction.flags:
            value = flag.text.partition("=")[2]
            if not value:
                continue
            resolved = names.platform(value)
            platform = resolved.platform
            if resolved.kind is ProblemKind.INVALID:
                self._refuse(resolved.message, line.location(self.path, *flag.span(0, len(flag.text))))
            elif resolved.kind is not None:
                self._deferred[index] = (resolved.kind, resolved.message)
        return platform

    def _add_image(self, node: Node) -> None:
        """Note the image that a stage starts from, or that COPY or RUN names."""
        if node.base is not None:
            return
        if node.index in self._deferred and node.context is None:
            self._add(*self._deferred[node.index], node.location)
            return
        context = node.context
        if context is None:
            if node.text is None or node.text == "scratch":
                return
            context = self.contexts.find(node.text, node.platform or self.platform)
        text = node.text if context is None else context.image
        if text is not None and not text.strip():
            self._refuse("the build context of this name names no image", node.location)
        elif text is not None:
            platform = node.platform or self.platform
            self.images.append(FoundImage(text, Source.BUILD, node.location, platform))

    def _refuse(self, message: str, location: Location) -> None:
        self._add(ProblemKind.INVALID, message, location)

    def _add(self, kind: ProblemKind, message: str, location: Location) -> None:
        if self._other_frontend and kind is ProblemKind.INVALID:
            kind = ProblemKind.UNRESOLVED
            message = f"{message} (unless the frontend {self._other_frontend} reads it differently)"
        self.problems.setdefault(location, Problem(kind, message, location))

    def _lines(self, first: int, last: int) -> Location:
        """Return the place of whole lines."""
        lines = self.text.split("\n", last)
        end = lines[last - 1].rstrip("\r") if last <= len(lines) else ""
        return Location(self.path, first, 1, last, len(end) + 1)


def _base_of(target: Node) -> Node:
    """Return the first stage in a target's chain of stages."""
    seen: set[int] = set()
    while target.base is not None and target.index not in seen:
        seen.add(target.index)
        target = target.base
    return target


def _place(stage: Stage, path: str) -> Location:
    """Where a FROM names its image, without quotes around it."""
    word = stage.reference
    text = word.text
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    inner = slice(1, len(text) - 1) if is_quoted else slice(0, len(text))
    return stage.instruction.line.location(path, *word.span(inner.start, inner.stop))


def _is_docker_frontend(image: str) -> bool:
    """Whether an image is Docker's own frontend, or a mirror's copy of it."""
    name = image.partition("@")[0]
    *folders, last = name.split("/")
    return "/".join([*folders[-1:], last.partition(":")[0]]) in _FRONTENDS
