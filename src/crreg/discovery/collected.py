"""What comes to light while a configuration is read, and the checks of types that every reader needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from crreg.discovery.documents.tree import Mapping, Node, Scalar, Sequence, Text, describe
from crreg.discovery.found import FoundImage, Problem, ProblemKind, Source, other_platform
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.platform import LINUX_AMD64, InvalidPlatform, Platform, normalized, parse_platform
from crreg.workspace.budget import Limit, ReadingBudget
from crreg.workspace.reading import UnreadableFileError

_LONGEST_NAME = 1_000
"""Characters of an image's name that are kept: twice what docker accepts, so that a longer one stays refused."""
_LONGEST_MESSAGE = 1_000
"""Characters of a problem that are kept; whatever is shown is shorter."""
_MOST_NAMES = 5
"""Variables that one message names."""


@dataclass(slots=True)
class Collected:
    """Images and problems, each once, in the order in which they are met.

    Every method raises LimitError where the repository is beyond a limit.
    """

    budget: ReadingBudget = field(default_factory=ReadingBudget, compare=False)
    _images: dict[FoundImage, None] = field(default_factory=dict)
    _problems: dict[Problem, None] = field(default_factory=dict)

    @property
    def images(self) -> tuple[FoundImage, ...]:
        """The images so far."""
        return tuple(self._images)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The problems so far."""
        return tuple(self._problems)

    def add(self, images: Iterable[FoundImage], problems: Iterable[Problem] = ()) -> None:
        """Note what another reader found."""
        for image in images:
            kept = replace(image, text=_cut(image.text, _LONGEST_NAME))
            if kept not in self._images:
                self.budget.spend(Limit.IMAGES)
                self._images[kept] = None
        for problem in problems:
            self.problem(problem)

    def problem(self, problem: Problem) -> None:
        """Note a problem."""
        kept = replace(problem, message=_cut(problem.message, _LONGEST_MESSAGE))
        if kept not in self._problems:
            self.budget.spend(Limit.PROBLEMS)
            self._problems[kept] = None

    def image(
        self, text: Text, source: Source, what: str, platforms: Iterable[Platform] = (LINUX_AMD64,)
    ) -> None:
        """Note an image for each platform that it is pulled for, or why its name is not known."""
        if not self.is_known(text, what):
            return
        if text.value.strip():
            # White space around a name stays: docker refuses such a name, so it must not look right here.
            self.add(FoundImage(text.value, source, text.location, platform) for platform in platforms)
        else:
            self.invalid(f"{what} is empty", text.location)

    def is_known(self, text: Text, what: str) -> bool:
        """Whether nothing of a text is left to the codespace; notes it if there is."""
        if text.unknown:
            names = ", ".join(text.unknown[:_MOST_NAMES])
            self.unresolved(f"{what} depends on {names}, whose value only the codespace knows", text.location)
        return not text.unknown

    def platform(self, text: str, location: Location) -> Platform:
        """The platform that a text names; notes it if that is none, and takes a codespace's own instead."""
        try:
            return normalized(parse_platform(text))
        except InvalidPlatform as error:
            self.invalid(f"{text!r} names no platform: {error}", location)
            return LINUX_AMD64

    def runs_on(self, platform: Platform, what: str, location: Location) -> None:
        """Note that something runs on other machines than codespaces do, where it does."""
        if platform != LINUX_AMD64:
            self.problem(other_platform(what, platform, location))

    def invalid(self, message: str, location: Location, softened: Effect | None = None) -> None:
        """Note that something is broken, and what that means where it is milder than usual."""
        self.problem(Problem(ProblemKind.INVALID, message, location, softened))

    def unresolved(self, message: str, location: Location) -> None:
        """Note that something can't be known here."""
        self.problem(Problem(ProblemKind.UNRESOLVED, message, location))

    def unreadable(self, path: str, error: UnreadableFileError, location: Location) -> None:
        """Note that a file which is named at `location` can't be read."""
        kind = ProblemKind.UNRESOLVED if error.beyond else ProblemKind.INVALID
        self.problem(Problem(kind, f"{path} {error.reason}", location))

    def wrong_type(self, node: Node, what: str, expected: str) -> None:
        """Note that a value is of the wrong type."""
        self.invalid(f"{what} must be {expected}, not {describe(node)}", node.location)

    def string(self, node: Node | None, what: str) -> Scalar | None:
        """The node if it is a string; notes it if it is something else, None if it is not there."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node
        if node is not None:
            self.wrong_type(node, what, "a string")
        return None

    def strings(self, node: Node | None, what: str) -> list[Scalar]:
        """The string, or the strings of the list; notes what is something else."""
        if isinstance(node, Sequence):
            found = (self.string(item, f"an entry of {what}") for item in node.items)
            return [scalar for scalar in found if scalar is not None]
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return [node]
        if node is not None:
            self.wrong_type(node, what, "a string or a list of strings")
        return []

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """The node if it is an object; notes it if it is something else, None if it is not there."""
        if isinstance(node, Mapping):
            return node
        if node is not None:
            self.wrong_type(node, what, "an object")
        return None


def _cut(text: str, most: int) -> str:
    """A text of at most `most` characters; the ellipsis at the end of a shortened one is part of no image's name."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
