"""Which stages and images the build of a target reaches (`frontend/dockerfile/dockerfile2llb`)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from crreg.discovery.dockerfile.checks import InstructionError, check_instruction
from crreg.discovery.dockerfile.contexts import BuildContext
from crreg.discovery.dockerfile.expansion import Budget, ExpansionLimitError, expand
from crreg.discovery.dockerfile.instructions import Instruction
from crreg.discovery.dockerfile.stages import Stage
from crreg.discovery.dockerfile.variable import ExpansionError, Value
from crreg.discovery.dockerfile.words import Word
from crreg.findings.location import Location
from crreg.platform import Platform

MAX_SOURCES = 10_000
"""How many sources the stages of a file may name together."""

_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class SourceName:
    """A stage, an index of a stage, or an image."""

    text: str
    start: int
    """Offset in the instruction's line."""
    end: int
    may_be_index: bool
    """Whether a number is the index of a stage, as in COPY."""


@dataclass(eq=False, slots=True)
class Node:
    """A stage, or an image that no stage names."""

    index: int
    """Index among the stages and images, in the order in which they were found."""
    text: str | None
    """The image or stage it starts from, after expansion; None if it is not known."""
    location: Location
    """Where `text` is."""
    stage: Stage | None
    """None for an image that COPY or RUN names."""
    context: BuildContext | None = None
    """The named context that replaces the stage."""
    platform: Platform | None = None
    """The platform that its FROM names; None for that of the build."""
    base: "Node | None" = None
    """The stage it starts from; None if it starts from an image."""
    sources: list[tuple["Node", Location]] = field(default_factory=list)
    """What it takes files from, and where the file says so."""


@dataclass(slots=True)
class Graph:
    """The stages of a file and what they are made from."""

    path: str
    escape: str
    budget: Budget
    refuse: Callable[[str, Location], None]
    """Called with what BuildKit refuses, and where."""
    nodes: list[Node] = field(default_factory=list)
    _by_name: dict[str, Node] = field(default_factory=dict)
    _named: int = 0
    """How many sources were named so far."""

    def add_stage(
        self,
        stage: Stage,
        text: str | None,
        location: Location,
        context: BuildContext | None,
        platform: Platform | None,
    ) -> None:
        """Add the next stage; its base is the last earlier stage with the name `text`, in exactly that case."""
        node = Node(len(self.nodes), text, location, stage, context, platform)
        if text is not None and context is None:
            node.base = self._by_name.get(text)
        self.nodes.append(node)
        if stage.name:
            self._by_name[stage.name] = node

    def find(self, name: str) -> Node | None:
        """Return the last stage of that name, ignoring case."""
        return self._by_name.get(name.lower())

    def link(self) -> None:
        """Find what every stage takes files from, once all stages were added."""
        for node in list(self.nodes):
            if node.stage is not None:
                for instruction in node.stage.sources:
                    self._link(node, instruction)
        self._refuse_cycle()

    def _link(self, node: Node, instruction: Instruction) -> None:
        try:
            for name in source_names(instruction, self.escape, self.budget):
                self._named += 1
                if self._named > MAX_SOURCES:
                    raise ExpansionLimitError(
                        f"the file names more than {MAX_SOURCES} sources and was not read"
                    )
                location = instruction.line.location(self.path, name.start, name.end)
                source = self._source(name, location)
                if source is not None:
                    node.sources.append((source, location))
        except InstructionError as error:
            self.refuse(str(error), instruction.line.location(self.path, 0, len(instruction.line.text)))

    def _source(self, name: SourceName, location: Location) -> Node | None:
        if name.may_be_index and _NUMBER.fullmatch(name.text):
            index = int(name.text)
            if 0 <= index < len(self.nodes):
                return self.nodes[index]
            self.refuse(f"there is no stage {index} to copy from", location)
            return None
        found = self.find(name.text)
        if found is None:
            found = Node(len(self.nodes), name.text, location, None)
            self.nodes.append(found)
        return found

    def _refuse_cycle(self) -> None:
        if all(
            source.index < node.index or source.stage is None
            for node in self.nodes
            for source, _ in node.sources
        ):
            # Every stage takes files only from images and earlier stages, as in all but broken files.
            return
        edges = {node.index: {source.index for source, _ in node.sources} for node in self.nodes}
        try:
            TopologicalSorter(edges).prepare()
        except CycleError as error:
            # The circle leads from each node to one that needs it; at least one of these steps goes back in the file.
            needed, needing = next((one, other) for one, other in pairwise(error.args[1]) if one >= other)
            location = next(
                location for source, location in self.nodes[needing].sources if source.index == needed
            )
            self.refuse("the stages depend on each other in a circle", location)

    def reachable(self, target: Node) -> Iterator[Node]:
        """Yield the target and everything it is made from.

        A stage that starts from another stage of the file runs that one's ONBUILD instructions.
        """
        seen: set[int] = set()
        waiting = [target]
        while waiting:
            node = waiting.pop()
            if node.index in seen:
                continue
            seen.add(node.index)
            self._run_triggers(node)
            for source, location in node.sources:
                if source.stage is not None and source.context is None and source.index >= node.index:
                    self.refuse("a stage can only take files from an earlier stage", location)
                waiting.append(source)
            if node.base is not None:
                waiting.append(node.base)
            yield node

    def _run_triggers(self, node: Node) -> None:
        if node.base is None or node.base.stage is None:
            return
        for instruction in node.base.stage.triggers:
            trigger = instruction.trigger
            if trigger is None:
                continue
            self.budget.spend(len(trigger.line.text))
            try:
                check_instruction(trigger)
            except InstructionError as error:
                location = trigger.line.location(self.path, 0, len(trigger.line.text))
                self.refuse(f"ONBUILD: {error}", location)
                continue
            self._link(node, trigger)


_NO_VARIABLES: Mapping[str, Value] = {}


def source_names(instruction: Instruction, escape: str, budget: Budget) -> Iterator[SourceName]:
    """Yield the sources that an instruction names; BuildKit expands no variables here.

    Raises:
        InstructionError: a name contains a variable, or a mount is broken.
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
            f"--from={text}: variables are not expanded here; name a stage, and set its image with FROM"
        )
    return SourceName(text, *flag.span(begin, len(flag.text)), may_be_index=True)


def _mount_source(flag: Word) -> SourceName:
    """The source of a mount; one without `from` counts as `scratch`, as in BuildKit."""
    begin, end = len("--mount="), len("--mount=")
    text = ""
    for option, places in _fields(flag.text, begin):
        key, equals, value = option.partition("=")
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
                raise InstructionError('--mount: a field contains a " but does not begin with one')
            position = end
        yield "".join(text[place] for place in places), places
        position += 1


def _quoted_field(text: str, position: int, places: list[int]) -> int:
    """Read a field in double quotes, in which two of them mean one; return the offset after it."""
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
                raise InstructionError('--mount: a quoted field contains a "; write "" instead')
        places.append(position)
