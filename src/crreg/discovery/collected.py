"""The images and problems found in a configuration, and the type checks that every reader needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from crreg.discovery.documents.tree import Mapping, Node, Scalar, Sequence, Text, describe
from crreg.discovery.found import FeatureRole, FoundImage, Problem, ProblemKind, Source, other_platform
from crreg.findings.finding import Effect
from crreg.findings.location import Location
from crreg.platform import LINUX_AMD64, InvalidPlatform, Platform, normalized, parse_platform
from crreg.workspace.budget import Limit, ReadingBudget
from crreg.workspace.readable import UnreadableFileError

_LONGEST_NAME = 1_000
"""Characters of an image's name that are kept: twice what docker accepts, so that a cut name stays invalid."""
_LONGEST_MESSAGE = 1_000
"""Characters of a problem's message that are kept; reports show fewer."""
_MOST_NAMES = 5
"""Variables that one message names."""


@dataclass(slots=True)
class Collected:
    """Images and problems, each once, in the order in which they are found.

    Every method raises LimitError if the repository exceeds a limit.
    """

    budget: ReadingBudget = field(default_factory=ReadingBudget, compare=False)
    may_make_files: bool = field(default=False, compare=False)
    """Whether a file that is missing may exist in a codespace, as in `DevContainer`."""
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
        self,
        text: Text,
        source: Source,
        what: str,
        platforms: Iterable[Platform] = (LINUX_AMD64,),
        *,
        role: FeatureRole = FeatureRole.INSTALLED,
    ) -> None:
        """Note an image for each platform that it is pulled for, or why its name is not known."""
        if not self.is_known(text, what):
            return
        if text.value.strip():
            # Keep white space around a name: docker refuses such a name, so it must not look valid here.
            self.add(FoundImage(text.value, source, text.location, platform, role) for platform in platforms)
        else:
            self.invalid(f"{what} is empty", text.location)

    def is_known(self, text: Text, what: str) -> bool:
        """Return whether all of a text is known here; note a problem if only the codespace knows a part."""
        if text.unknown:
            names = ", ".join(text.unknown[:_MOST_NAMES])
            self.unresolved(f"{what} depends on {names}, whose value only the codespace knows", text.location)
        return not text.unknown

    def platform(self, text: str, location: Location) -> Platform:
        """Return the platform that a text names; if it names none, note a problem and return linux/amd64."""
        try:
            return normalized(parse_platform(text))
        except InvalidPlatform as error:
            self.invalid(f"{text!r} is not a platform: {error}", location)
            return LINUX_AMD64

    def runs_on(self, platform: Platform, what: str, location: Location) -> None:
        """Note a problem if something is for another platform than codespaces."""
        if platform != LINUX_AMD64:
            self.problem(other_platform(what, platform, location))

    def invalid(self, message: str, location: Location, softened: Effect | None = None) -> None:
        """Note that something is broken; `softened` is its effect if that is milder than usual."""
        self.problem(Problem(ProblemKind.INVALID, message, location, softened))

    def unresolved(self, message: str, location: Location) -> None:
        """Note that something can't be known here."""
        self.problem(Problem(ProblemKind.UNRESOLVED, message, location))

    def unreadable(
        self, path: str, error: UnreadableFileError, location: Location, then: str = "", remedy: str = ""
    ) -> None:
        """Note that a file which is named at `location` can't be read; for a missing file, add what follows from that.

        It may exist in a codespace if initializeCommand creates it; otherwise, add the remedy.
        """
        kind = ProblemKind.UNRESOLVED if error.beyond else ProblemKind.INVALID
        message, softened = f"{path} {error.reason}", None
        if error.missing and self.may_make_files:
            message, softened = f"{message}{then}, unless initializeCommand creates it", Effect.UNPROVEN
        elif error.missing:
            message += then + remedy
        self.problem(Problem(kind, message, location, softened))

    def wrong_type(self, node: Node, what: str, expected: str) -> None:
        """Note that a value is of the wrong type."""
        self.invalid(f"{what} must be {expected}, not {describe(node)}", node.location)

    def string(self, node: Node | None, what: str) -> Scalar | None:
        """Return the node if it is a string, else None; note a problem unless it is missing."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node
        if node is not None:
            self.wrong_type(node, what, "a string")
        return None

    def strings(self, node: Node | None, what: str) -> list[Scalar]:
        """Return the string, or the strings of the list; note a problem for anything else."""
        if isinstance(node, Sequence):
            found = (self.string(item, f"an entry of {what}") for item in node.items)
            return [scalar for scalar in found if scalar is not None]
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return [node]
        if node is not None:
            self.wrong_type(node, what, "a string or a list of strings")
        return []

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """Return the node if it is an object, else None; note a problem unless it is missing."""
        if isinstance(node, Mapping):
            return node
        if node is not None:
            self.wrong_type(node, what, "an object")
        return None


def _cut(text: str, most: int) -> str:
    """Return at most `most` characters; a shortened text ends in an ellipsis, which no image's name contains."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
