"""Documents of a repository: JSON with comments, YAML, `.env` files, and the variables in their strings."""

from collections.abc import Iterator

from fuzz.target import ensure, target

from crreg.discovery.compose.dotenv import parse_dotenv
from crreg.discovery.compose.interpolation import InterpolationError, interpolate
from crreg.discovery.devcontainer import variables
from crreg.discovery.documents.jsonc import parse_jsonc
from crreg.discovery.documents.tree import DocumentError, Mapping, Node, Scalar, Sequence
from crreg.discovery.documents.yaml import parse_yaml
from crreg.findings.location import Location

_PATH = ".devcontainer/devcontainer.json"
_LARGEST = 100_000
"""The most characters of all values of a file."""
_VALUES = {"A": "a", "EMPTY": "", "LONG": "x" * 50, "DOLLAR": "$A"}


def _places(node: Node) -> Iterator[Location]:
    """The locations of a value and of everything in it."""
    nodes = [node]
    while nodes:
        node = nodes.pop()
        yield node.location
        if isinstance(node, Sequence):
            nodes += node.items
        elif isinstance(node, Mapping):
            nodes += [entry.value for entry in node.entries.values()]


def _inside(location: Location, text: str) -> bool:
    """Whether a location is in the text, and does not end before its start."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    starts = (location.line, location.column) <= (location.end_line, location.end_column)
    return starts and 1 <= location.line <= location.end_line <= len(lines)


@target("jsonc", raises=(DocumentError,), longest=4096)
def jsonc(text: str) -> None:
    """Every value has a location in the file."""
    try:
        document = parse_jsonc(text, _PATH)
    except DocumentError as error:
        ensure(_inside(error.problem.location, text), "the problem is outside of the file")
        raise
    places = list(_places(document.value)) if document.value else []
    places += [document.error.location] if document.error else []
    ensure(all(_inside(place, text) for place in places), "a value is outside of the file")
    ensure(
        document.value is not None or document.error is not None, "nothing was found, and nothing is wrong"
    )


@target("yaml", raises=(DocumentError,), longest=4096)
def yaml(text: str) -> None:
    """Every value has a location in the file, and there are no more values than the file can contain."""
    try:
        documents = parse_yaml(text, "compose.yaml")
    except DocumentError as error:
        ensure(error.problem.location.line >= 1, "the problem is before the file")
        raise
    for document in documents:
        ensure(
            all(place.line >= 1 and place.column >= 1 for place in _places(document)), "a location is invalid"
        )


@target("dotenv", raises=(DocumentError,), longest=4096)
def dotenv(text: str) -> None:
    """A known value overrides the file's, and the values stay within their limit."""
    try:
        values = parse_dotenv(text, ".env", _VALUES)
    except DocumentError as error:
        ensure(
            error.problem.location.line <= text.count("\n") + text.count("\r") + 1,
            "the problem is beyond the file",
        )
        raise
    ensure(sum(map(len, values.values())) <= _LARGEST, "the values are larger than the bound")


@target("interpolation", raises=(InterpolationError,), longest=2048)
def interpolation(text: str) -> None:
    """A text without a dollar sign is unchanged, and missing variables are named."""
    found = interpolate(text, _VALUES)
    ensure("$" in text or found.text == text, "a text without variables changed")
    ensure(not set(found.missing) & _VALUES.keys(), "a variable that has a value is missing")
    ensure(len(found.text) <= 50 * len(text) + 50, "the text grew beyond its variables")


@target("devcontainer-variables", raises=(DocumentError,), longest=2048)
def devcontainer_variables_(text: str) -> None:
    """A text without variables is unchanged, and no path keeps the placeholder of the workspace folder."""
    place = Location(_PATH, 1, 1, 1, 1)
    for is_path in (False, True):
        found = variables.expand(Scalar(text, place), is_path=is_path)
        ensure("${" in text or found.value == text, "a text without variables changed")
    path = variables.resolve(".devcontainer", found.value)
    ensure(
        not path.startswith("/${localWorkspaceFolder}/"), "the workspace's folder is taken for another one"
    )
