"""JSON with comments and trailing commas, as devcontainer.json is written, with the place of every value.

The dev containers CLI reads it with `jsonc-parser`, which notes an error and goes on. This is that parser, `parse` of
https://github.com/microsoft/node-jsonc-parser/blob/main/src/impl/parser.ts: what it recovers from a broken file is what
a codespace works with.
"""

from dataclasses import dataclass

from crreg.discovery.documents.jsonc_scanner import Scanner, Token
from crreg.discovery.documents.tree import (
    DocumentError,
    Entry,
    Mapping,
    Node,
    Scalar,
    Sequence,
    TextFile,
)
from crreg.discovery.found import Problem, ProblemKind
from crreg.findings.finding import Effect
from crreg.findings.location import Location

MAX_DEPTH = 100
"""Brackets open at once."""
MAX_VALUES = 20_000
"""Values in one file; a large devcontainer.json has some hundreds."""
MAX_TOKENS = 200_000
"""Names, values and punctuation marks in one file, which a broken one can have without any value."""

_ITEM_ENDS = frozenset({Token.CLOSE_BRACKET, Token.COMMA})
_PROPERTY_ENDS = frozenset({Token.CLOSE_BRACE, Token.COMMA})
_WORDS = {Token.TRUE: True, Token.FALSE: False, Token.NULL: None}


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """The content of a file."""

    value: Node | None
    """What the CLI's parser makes of it; None if it finds no value at all."""
    error: Problem | None
    """The first syntax error, which the CLI ignores; None if there is none."""


def parse_jsonc(text: str, path: str) -> JsonDocument:
    """Parse `text`, the content of the file `path`.

    If a name is in an object twice, the last one wins, as in JavaScript.

    Raises:
        DocumentError: the text exceeds a bound.
    """
    return _Parser(TextFile(path, text)).parse()


class _Parser:
    """Reads one value after another; its methods recurse up to MAX_DEPTH."""

    def __init__(self, file: TextFile) -> None:
        self._file = file
        self._scanner = Scanner(file.text)
        self._depth = 0
        self._values = 0
        self._tokens = 0
        self._error: Problem | None = None
        self._token = Token.END

    def parse(self) -> JsonDocument:
        """Read the whole text."""
        self._next()
        found = self._value()
        if not found:
            self._mistake("expected a value")
        elif self._token is not Token.END:
            self._mistake("expected the end of the file")
        return JsonDocument(found[0] if found else None, self._error)

    def _next(self) -> Token:
        """Go to the next token that is neither white space nor a comment; unknown ones are noted and skipped."""
        scanner = self._scanner
        while True:
            token = scanner.scan()
            if scanner.mistake:
                self._mistake(scanner.mistake, scanner.mistaken_at)
            if token is Token.TRIVIA:
                continue
            self._tokens += 1
            if self._tokens > MAX_TOKENS:
                raise self._beyond(f"more than {MAX_TOKENS} tokens")
            if token is not Token.UNKNOWN:
                self._token = token
                return token
            self._mistake("expected a value, a name or a punctuation mark of JSON")

    def _value(self) -> tuple[Node, ...]:
        """Return the value that starts here, in a tuple that is empty if there is none."""
        if self._token is Token.OPEN_BRACKET:
            return (self._list(),)
        if self._token is Token.OPEN_BRACE:
            return (self._object(),)
        scalar = self._scalar()
        if scalar is None:
            return ()
        self._count()
        self._next()
        return (scalar,)

    def _scalar(self) -> Scalar | None:
        scanner = self._scanner
        if self._token is Token.STRING:
            return Scalar(scanner.value, self._file.location(*scanner.string_span))
        location = self._file.location(scanner.start, scanner.end)
        if self._token is Token.NUMBER:
            return Scalar(scanner.number(), location)
        return Scalar(_WORDS[self._token], location) if self._token in _WORDS else None

    def _list(self) -> Sequence:
        start = self._enter()
        items: list[Node] = []
        is_first = True
        while self._token is not Token.CLOSE_BRACKET and self._token is not Token.END:
            if self._token is Token.COMMA:
                if is_first:
                    self._mistake("expected a value")
                if self._next() is Token.CLOSE_BRACKET:
                    break
            elif not is_first:
                self._mistake('expected "," or "]"')
            is_first = False
            found = self._value()
            items += found
            if not found:
                self._mistake("expected a value")
                self._skip_to(_ITEM_ENDS)
        return Sequence(tuple(items), self._leave(start, Token.CLOSE_BRACKET, '"," or "]"'))

    def _object(self) -> Mapping:
        start = self._enter()
        entries: dict[str, Entry] = {}
        is_first = True
        while self._token is not Token.CLOSE_BRACE and self._token is not Token.END:
            if self._token is Token.COMMA:
                if is_first:
                    self._mistake('expected a name in double quotes or "}"')
                if self._next() is Token.CLOSE_BRACE:
                    break
            elif not is_first:
                self._mistake('expected "," or "}"')
            is_first = False
            self._property(entries)
        return Mapping(entries, self._leave(start, Token.CLOSE_BRACE, '"," or "}"'))

    def _property(self, entries: dict[str, Entry]) -> None:
        if self._token is not Token.STRING:
            self._mistake('expected a name in double quotes or "}"')
            self._skip_to(_PROPERTY_ENDS)
            return
        name, place = self._scanner.value, self._file.location(*self._scanner.string_span)
        if self._next() is not Token.COLON:
            self._mistake('expected ":"')
            self._skip_to(_PROPERTY_ENDS)
            return
        self._next()
        found = self._value()
        if not found:
            self._mistake("expected a value")
            self._skip_to(_PROPERTY_ENDS)
            return
        # Remove an earlier entry first, so that the last of equal names also decides the order.
        entries.pop(name, None)
        entries[name] = Entry(place, found[0])

    def _enter(self) -> int:
        """Enter a list or object; return where it starts."""
        start = self._scanner.start
        self._count()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._beyond(f"more than {MAX_DEPTH} levels")
        self._next()
        return start

    def _leave(self, start: int, closer: Token, expected: str) -> Location:
        self._depth -= 1
        if self._token is closer:
            end = self._scanner.end
            self._next()
        else:
            end = self._scanner.start
            self._mistake(f"expected {expected}")
        return self._file.location(start, end)

    def _skip_to(self, ends: frozenset[Token]) -> None:
        while self._token is not Token.END and self._token not in ends:
            self._next()

    def _count(self) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._beyond(f"more than {MAX_VALUES} values")

    def _mistake(self, message: str, position: int | None = None) -> None:
        """Note a mistake if it is the first: it may be what causes those that follow."""
        if self._error is not None:
            return
        text = self._file.text
        start = self._scanner.start if position is None else position
        end = start if text[start : start + 1] in {"", "\r", "\n"} else start + 1
        ended = " before the end of the file" if start >= len(text) else ""
        place = self._file.location(start, end)
        self._error = Problem(ProblemKind.INVALID, f"invalid JSON: {message}{ended}", place, Effect.HYGIENE)

    def _beyond(self, message: str) -> DocumentError:
        start = self._scanner.start
        place = self._file.location(start, start + 1)
        return DocumentError(f"invalid JSON: {message}", place, ProblemKind.UNRESOLVED)
