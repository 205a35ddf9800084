"""The `.env` file that gives a Compose file's variables their values, read as Compose does.

This follows the package `dotenv` of compose-go.
"""

import posixpath
import re
from dataclasses import dataclass

from crreg.discovery.compose.interpolation import (
    InterpolationError,
    TooLongError,
    Variables,
    interpolate,
    without_value,
)
from crreg.discovery.documents.tree import DocumentError, TextFile
from crreg.discovery.found import ProblemKind

ENV_FILE = ".env"
_SPACE = re.compile(r"(?:\s++|#[^\n]*+)*+")
_KEY = re.compile(r"(?:export[ \t\v\f\r]+)?(?P<key>[\w.\-\[\]]+)[ \t\v\f\r]*(?P<end>[=:\n]|\Z)[ \t\v\f\r]*")
_DOUBLE = re.compile(r'"(?P<value>[^"\\]*+(?:\\.[^"\\]*+)*+)"', re.DOTALL)
_SINGLE = re.compile(r"'(?P<value>[^'\\]*+(?:\\.[^'\\]*+)*+)'", re.DOTALL)
_ESCAPE = re.compile(r'\\(?P<octal>0[0-7]{1,3})|\\(?P<letter>[abfnrtv$"\\])')
_LETTERS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    # The expansion that follows turns `$$` into a dollar sign.
    "$": "$$",
    '"': '"',
    "\\": "\\",
}
MAX_SIZE = 100_000
"""Characters of all names and values: a value can contain earlier ones, so they can double with each line."""


def is_env_file(path: str) -> bool:
    """Whether a file is one that Compose takes variables from without being asked."""
    return posixpath.basename(path) == ENV_FILE


def parse_dotenv(text: str, path: str, known: Variables) -> dict[str, str]:
    """Return the variables that `text`, the content of `path`, sets; values may use earlier and `known` ones.

    Raises:
        DocumentError: a line is not an assignment, or the variables exceed a bound.
    """
    file = TextFile(path, text)
    values: dict[str, str] = {}
    visible = Layered(known, values)
    position = _skip_space(text, 0)
    room = MAX_SIZE
    while position < len(text):
        key = _KEY.match(text, position)
        if key is None:
            raise _error(file, position, "expected NAME=value")
        position = key.end()
        if key["end"] in {"=", ":"}:
            start = position
            room -= len(key["key"])
            value, position = _value(file, start, visible, max(room, 0))
            room -= len(value or "")
            if room < 0:
                raise _too_long(file, start)
            if value is not None:
                values[key["key"]] = value
        # A name alone passes on a variable of the environment, which only the codespace knows.
        position = _skip_space(text, position)
    return values


@dataclass(frozen=True, slots=True)
class Layered:
    """Variables that override others, without a copy of either."""

    over: Variables
    under: Variables

    def get(self, name: str, /) -> str | None:
        """The value of a variable; None if it has none."""
        value = self.over.get(name)
        return self.under.get(name) if value is None else value


def _value(file: TextFile, start: int, visible: Variables, room: int) -> tuple[str | None, int]:
    """The value that starts at `start`, None if only the codespace knows it, and where it ends."""
    text = file.text
    quote = text[start : start + 1]
    if quote in {'"', "'"}:
        match = (_DOUBLE if quote == '"' else _SINGLE).match(text, start)
        if match is None:
            raise _error(file, start, "this value has no closing quote")
        value, end = match["value"].replace(f"\\{quote}", quote), match.end()
        if quote == "'":
            return value, end
        value = _ESCAPE.sub(_unescape, value)
    else:
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        value = text[start:end].partition(" #")[0].rstrip()
    try:
        expanded = interpolate(value, visible, most=room)
    except TooLongError as error:
        raise _too_long(file, start) from error
    except InterpolationError as error:
        raise _error(file, start, str(error)) from error
    if expanded.required:
        message = f"Compose refuses the project {without_value(expanded.required[0])}"
        raise _error(file, start, message, ProblemKind.UNRESOLVED)
    return None if expanded.missing else expanded.text, end


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match["octal"], 8)) if match["octal"] else _LETTERS[match["letter"]]


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _too_long(file: TextFile, position: int) -> DocumentError:
    message = f"the variables are longer than {MAX_SIZE:,} characters"
    return _error(file, position, message, ProblemKind.UNRESOLVED)


def _error(
    file: TextFile, position: int, message: str, kind: ProblemKind = ProblemKind.INVALID
) -> DocumentError:
    end = file.text.find("\n", position)
    end = len(file.text) if end < 0 else end
    return DocumentError(f"invalid .env file: {message}", file.location(position, end), kind)
