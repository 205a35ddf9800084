"""Parser directives: the `# key=value` lines at the very top of a Dockerfile, and the frontend they name."""

import json
import re
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.go_text import RE2_SPACES, SPACES
from crreg.findings.location import Location

KEYS = frozenset({"syntax", "escape", "check"})

_KEY = re.compile(rf"([a-zA-Z][a-zA-Z0-9]*)[{RE2_SPACES}]*=")
_JSON_SYNTAX = re.compile(r'"syntax"\s*:\s*"((?:[^"\\]|\\.)*+)"')


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive."""

    key: str
    """Lower-case."""
    value: str
    start: int
    """Offset of the value in its line."""


@dataclass(frozen=True, slots=True)
class SyntaxImage:
    """The frontend image that a file names, which replaces the built-in Dockerfile frontend."""

    text: str
    location: Location
    is_dockerfile: bool
    """Whether the directive is a `#` comment, as in a Dockerfile; a frontend that is named in another way
    reads a language of its own."""


def parse_directive(line: str, comment: str = "#") -> Directive | None:
    """Return the directive on a line without line feed; None if BuildKit does not know it."""
    if not line.startswith(comment):
        return None
    rest = line[len(comment) :].lstrip(SPACES)
    match = _KEY.match(rest)
    if match is None or match[1].lower() not in KEYS:
        return None
    value = rest[match.end() :]
    if not value:
        return None
    stripped = value.strip(RE2_SPACES) or value[-1]
    return Directive(match[1].lower(), stripped, len(line) - len(value) + value.index(stripped))


@dataclass(slots=True)
class DirectiveReader:
    """Follows the directives of a file from its first line on."""

    escape: str = "\\"
    """The escape token in force."""
    _seen: set[str] = field(default_factory=set)
    _done: bool = False

    def read(self, line: str) -> str | None:
        """Take the next line; return what is wrong with it if it is a broken directive."""
        if self._done:
            return None
        directive = parse_directive(line)
        if directive is None:
            self._done = True
            return None
        if directive.key in self._seen:
            return f"only one {directive.key} parser directive can be used"
        self._seen.add(directive.key)
        if directive.key == "escape":
            if directive.value not in {"\\", "`"}:
                return f"invalid escape token {directive.value!r}: expected \\ or `"
            self.escape = directive.value
        return None


def find_syntax(text: str, path: str) -> SyntaxImage | None:
    """The frontend image that a file names: in a `#` comment, a `//` comment or a JSON object."""
    body = text.removeprefix("\ufeff")
    bom = len(text) - len(body)
    first = 1
    if body.startswith("#!"):
        body = body.partition("\n")[2]
        first, bom = 2, 0
    for comment in ("#", "//"):
        found = _in_comments(body, comment)
        if found is not None:
            offset, directive = found
            image = directive.value.partition(" ")[0]
            column = directive.start + 1 + (bom if offset == 0 else 0)
            location = Location(path, first + offset, column, first + offset, column + len(image))
            return SyntaxImage(image, location, is_dockerfile=comment == "#")
    return _in_json(text, body, path)


def _in_comments(body: str, comment: str) -> tuple[int, Directive] | None:
    """Return the syntax directive and how many lines come before it."""
    position = offset = 0
    seen: set[str] = set()
    while position < len(body):
        end = body.find("\n", position)
        line = body[position : end if end >= 0 else len(body)].removesuffix("\r")
        directive = parse_directive(line, comment)
        if directive is None or directive.key in seen:
            return None
        if directive.key == "syntax":
            return offset, directive
        seen.add(directive.key)
        position = end + 1 if end >= 0 else len(body)
        offset += 1
    return None


def _in_json(text: str, body: str, path: str) -> SyntaxImage | None:
    if not body.lstrip(" \t\r\n").startswith("{"):
        return None
    try:
        document = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    image = document.get("syntax")
    if not isinstance(image, str):
        return None
    match = next((match for match in _JSON_SYNTAX.finditer(text) if match[1] == image), None)
    start, end = match.span(1) if match else (0, 0)
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    return SyntaxImage(image, Location(path, line, column, line, column + end - start), is_dockerfile=False)
