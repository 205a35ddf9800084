"""What comes to light while a configuration is read, and the checks of types that every reader needs."""

from dataclasses import dataclass, field

from crreg.discovery.found import FoundImage, Problem, ProblemKind, Source
from crreg.discovery.tree import Mapping, Node, Scalar, Sequence, Text, describe
from crreg.location import Location
from crreg.workspace.reading import UnreadableFileError


@dataclass(slots=True)
class Collected:
    """Images and problems, in the order in which they are met."""

    images: list[FoundImage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def image(self, text: Text, source: Source, what: str) -> None:
        """Note an image, or why its name is not known."""
        if not self.is_known(text, what):
            return
        if text.value.strip():
            self.images.append(FoundImage(text.value.strip(), source, text.location))
        else:
            self.invalid(f"{what} is empty", text.location)

    def is_known(self, text: Text, what: str) -> bool:
        """Whether nothing of a text is left to the codespace; notes it if there is."""
        if text.unknown:
            names = ", ".join(text.unknown)
            self.unresolved(f"{what} depends on {names}, whose value only the codespace knows", text.location)
        return not text.unknown

    def invalid(self, message: str, location: Location) -> None:
        """Note that something is broken."""
        self.problems.append(Problem(ProblemKind.INVALID, message, location))

    def unresolved(self, message: str, location: Location) -> None:
        """Note that something can't be known here."""
        self.problems.append(Problem(ProblemKind.UNRESOLVED, message, location))

    def unreadable(self, path: str, error: UnreadableFileError, location: Location) -> None:
        """Note that a file which is named at `location` can't be read."""
        self.problems.append(Problem(error.kind, f"{path} {error.reason}", location))

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
