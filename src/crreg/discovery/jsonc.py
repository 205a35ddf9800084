"""JSON with comments and trailing commas, as devcontainer.json is written, with the place of every value.

The grammar is strict: where Visual Studio Code's own parser marks an error and guesses on, here the file is
broken. What it would have guessed is not what the author meant, so the line must be shown.
"""

import json
import re
from dataclasses import dataclass, field

from crreg.discovery.found import ProblemKind
from crreg.discovery.tree import DocumentError, Entry, Mapping, Node, Scalar, Sequence, TextFile

MAX_DEPTH = 100
"""Brackets open at once."""
MAX_VALUES = 20_000
"""Values in one file; a large devcontainer.json has some hundreds."""

# Not possessive: before 3.11.5 Python then takes a comment that is never closed for one that is.
_TRIVIA = re.compile(r"(?:[ \t\r\n]++|//[^\r\n]*+[ \t\r\n]*+|/\*(?s:.*?)\*/)*")
_TOKEN = re.compile(
    r"""
      "(?P<string>[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+)"
    | (?P<number>-?(?:0|[1-9][0-9]*+)(?P<fraction>(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)(?![\w.+-]))
    | (?P<word>true|false|null)(?!\w)
    | (?P<punctuation>[{}\[\]:,])
    """,
    re.VERBOSE | re.ASCII,
)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_MAX_DIGITS = 300
"""Longer numbers are infinite to JavaScript, and slow to convert here."""


@dataclass(slots=True)
class _Open:
    """A list or object whose end is not read yet."""

    start: int
    closer: str
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    name: str | None = None
    """The name that waits for its value."""
    name_span: tuple[int, int] = (0, 0)


def parse_jsonc(text: str, path: str) -> Node:
    """The value that `text` holds, located in the file `path`.

    Of equal names in one object the last wins, as in JavaScript.

    Raises:
        DocumentError: the text is no JSON with comments, or beyond a bound.
    """
    return _Parser(TextFile(path, text)).parse()


class _Parser:
    """Reads one token after another, holding open brackets in a list, so that depth costs no recursion."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._text = file.text
        self._position = 0
        self._open: list[_Open] = []
        self._values = 0

    def parse(self) -> Node:
        """The whole text's value."""
        result: Node | None = None
        while result is None:
            result = self._step()
        self._skip_trivia()
        if self._position < len(self._text):
            raise self._error("expected the end of the file", self._position)
        return result

    def _step(self) -> Node | None:
        """Read a value, or a name and its value's start; the value of the whole file once it is complete."""
        closed = self._close()
        if closed is not None:
            return self._add(closed)
        if self._open and self._open[-1].closer == "}":
            self._read_name(self._open[-1])
        token = self._next("a value")
        if token["punctuation"] in {"[", "{"}:
            if len(self._open) == MAX_DEPTH:
                raise self._error(f"more than {MAX_DEPTH} levels", token.start(), ProblemKind.UNRESOLVED)
            self._open.append(_Open(token.start(), "]" if token["punctuation"] == "[" else "}"))
            return None
        return self._add(self._scalar(token))

    def _close(self) -> Node | None:
        """End the innermost list or object if its closing bracket comes next."""
        if not self._open:
            return None
        innermost = self._open[-1]
        self._skip_trivia()
        if not self._text.startswith(innermost.closer, self._position):
            return None
        self._position += 1
        self._open.pop()
        location = self._file.location(innermost.start, self._position)
        if innermost.closer == "]":
            return Sequence(tuple(innermost.items), location)
        return Mapping(innermost.entries, location)

    def _add(self, node: Node) -> Node | None:
        """Put a complete value where it belongs, and read the comma after it."""
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._error(f"more than {MAX_VALUES} values", self._position, ProblemKind.UNRESOLVED)
        if not self._open:
            return node
        innermost = self._open[-1]
        if innermost.name is None:
            innermost.items.append(node)
        else:
            # Assigned anew, so that of equal names the last also decides the order, as its place does.
            innermost.entries.pop(innermost.name, None)
            innermost.entries[innermost.name] = Entry(self._file.location(*innermost.name_span), node)
        self._skip_trivia()
        if self._text.startswith(",", self._position):
            self._position += 1
        elif not self._text.startswith(innermost.closer, self._position):
            raise self._error(f'expected "," or "{innermost.closer}"', self._position)
        return None

    def _read_name(self, innermost: _Open) -> None:
        token = self._next('a name in double quotes or "}"')
        if token["string"] is None:
            raise self._error('expected a name in double quotes or "}"', token.start())
        innermost.name = self._string(token)
        innermost.name_span = token.span("string")
        colon = self._next('":"')
        if colon["punctuation"] != ":":
            raise self._error('expected ":"', colon.start())

    def _scalar(self, token: re.Match[str]) -> Scalar:
        if token["string"] is not None:
            return Scalar(self._string(token), self._file.location(*token.span("string")))
        location = self._file.location(*token.span())
        if token["number"] is not None:
            return Scalar(_number(token["number"], integer=not token["fraction"]), location)
        if token["word"] is not None:
            return Scalar(_WORDS[token["word"]], location)
        raise self._error("expected a value", token.start())

    def _string(self, token: re.Match[str]) -> str:
        raw = token["string"]
        if "\\" not in raw:
            return raw
        try:
            value: str = json.loads(f'"{raw}"', strict=False)
        except json.JSONDecodeError as error:
            raise self._error("invalid escape in a string", token.start() + error.pos) from error
        # Half of a surrogate pair is no character: no file and no terminal could show it.
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _next(self, expected: str) -> re.Match[str]:
        self._skip_trivia()
        token = _TOKEN.match(self._text, self._position)
        if token is None:
            raise self._error(self._explain(expected), self._position)
        self._position = token.end()
        return token

    def _explain(self, expected: str) -> str:
        if self._text.startswith('"', self._position):
            return "this string has no closing quote on its line"
        if self._text.startswith("/*", self._position):
            return "this comment is never closed"
        return f"expected {expected}"

    def _skip_trivia(self) -> None:
        trivia = _TRIVIA.match(self._text, self._position)
        self._position = trivia.end() if trivia else self._position

    def _error(self, message: str, position: int, kind: ProblemKind = ProblemKind.INVALID) -> DocumentError:
        end = position if self._text[position : position + 1] in {"", "\r", "\n"} else position + 1
        ended = (
            " before the end of the file"
            if position >= len(self._text) and kind is ProblemKind.INVALID
            else ""
        )
        return DocumentError(f"invalid JSON: {message}{ended}", self._file.location(position, end), kind)


def _number(text: str, *, integer: bool) -> int | float:
    return int(text) if integer and len(text) < _MAX_DIGITS else float(text)
