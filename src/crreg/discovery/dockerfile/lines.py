"""The logical lines of a Dockerfile: continuations joined, comments left out, every character's place kept."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from crreg.discovery.dockerfile.directives import DirectiveReader
from crreg.discovery.dockerfile.go_text import SPACES
from crreg.discovery.found import ProblemKind
from crreg.findings.location import Location

MAX_LINES = 100_000
"""A file with more lines is not read."""
MAX_LINE_BYTES = 65_535
"""BuildKit's own bound on one physical line."""

_BYTES_A_CHARACTER = 4


class DockerfileError(Exception):
    """A Dockerfile that BuildKit refuses, or one that exceeds a bound of this reader (then the kind is UNRESOLVED)."""

    def __init__(
        self, message: str, first: int, last: int | None = None, *, kind: ProblemKind = ProblemKind.INVALID
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.first = first
        """First line of the place, counted from 1."""
        self.last = first if last is None else last
        """Its last line."""


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One instruction's line, which may be several in the file."""

    text: str
    first: int
    """The line in the file where it starts, counted from 1."""
    last: int
    """The line in the file where it ends; heredocs follow after it."""
    starts: Sequence[int]
    """Offsets in `text` at which a piece from another line of the file begins; the first is 0."""
    places: Sequence[tuple[int, int]]
    """For each piece, its line (from 1) and its first character (from 0) in the file."""

    def location(self, path: str, start: int, end: int) -> Location:
        """Return where `text[start:end]` is in the file `path`."""
        first, column = self._place(start)
        last, end_column = self._place(max(start, end - 1))
        return Location(path, first, column + 1, last, end_column + (2 if end > start else 1))

    def _place(self, offset: int) -> tuple[int, int]:
        piece = bisect_right(self.starts, offset) - 1
        line, column = self.places[piece]
        return line, column + offset - self.starts[piece]


@dataclass(slots=True)
class LineReader:
    """Reads a Dockerfile line by line, remembering its directives."""

    lines: list[str]
    """The file's lines, without line feeds."""
    directives: DirectiveReader = field(default_factory=DirectiveReader)
    position: int = 0
    """How many lines were read."""

    @classmethod
    def of(cls, text: str) -> "LineReader":
        """Return a reader of a whole file.

        Raises:
            DockerfileError: a line is longer than BuildKit reads, or there are too many.
        """
        if text.count("\n") > MAX_LINES:
            message = f"the file has more than {MAX_LINES} lines and was not read"
            raise DockerfileError(message, 1, kind=ProblemKind.UNRESOLVED)
        lines = text.split("\n")
        if not lines[-1]:
            lines.pop()
        for number, line in enumerate(lines, 1):
            if len(line) * _BYTES_A_CHARACTER > MAX_LINE_BYTES and _size(line) > MAX_LINE_BYTES:
                raise DockerfileError(f"the line is longer than {MAX_LINE_BYTES} bytes", number)
        return cls(lines)

    @property
    def escape(self) -> str:
        """The escape token in force."""
        return self.directives.escape

    def next_line(self) -> LogicalLine | None:
        """Return the next logical line that is not a comment; None at the end.

        Raises:
            DockerfileError: a directive is broken.
        """
        while self.position < len(self.lines):
            line = self._first_piece()
            if line is not None:
                return line
        return None

    def _first_piece(self) -> LogicalLine | None:
        physical = self.lines[self.position]
        bom = self.position == 0 and physical.startswith("\ufeff")
        piece = (physical[1:] if bom else physical).rstrip("\r").lstrip(SPACES)
        column = len(physical.rstrip("\r")) - len(piece)
        self.position += 1
        problem = self.directives.read(piece)
        if problem:
            raise DockerfileError(problem, self.position)
        if not piece or piece[0] == "#":
            return None
        first = self.position
        shortened = self._without_continuation(piece)
        if shortened is None:
            return LogicalLine(piece, first, first, (0,), ((first, column),))
        return self._join(shortened, first, column)

    def _join(self, first_piece: str, first: int, column: int) -> LogicalLine:
        """Add the lines that continue the first one."""
        pieces, starts, places = [first_piece], [0], [(first, column)]
        length = len(first_piece)
        continued = True
        while continued and self.position < len(self.lines):
            piece = self.lines[self.position].rstrip("\r")
            self.position += 1
            stripped = piece.lstrip(SPACES)
            if not stripped or stripped[0] == "#":
                continue
            shortened = self._without_continuation(piece)
            continued = shortened is not None
            if shortened is not None:
                piece = shortened
            if piece:
                pieces.append(piece)
                starts.append(length)
                places.append((self.position, 0))
                length += len(piece)
        return LogicalLine("".join(pieces), first, self.position, starts, places)

    def _without_continuation(self, line: str) -> str | None:
        """Return the line without the escape token that ends it; None if none does, or it is escaped itself."""
        bare = line.rstrip(" \t")
        escape = self.escape
        if not bare.endswith(escape) or bare.endswith(escape * 2):
            return None
        return bare[:-1]

    def heredoc(self, terminator: str, *, chomp: bool) -> str | None:
        """Read up to and past the terminator, and return the lines before it; None if it is missing."""
        content: list[str] = []
        while self.position < len(self.lines):
            line = self.lines[self.position]
            self.position += 1
            bare = line.rstrip("\r")
            if (bare.lstrip("\t") if chomp else bare) == terminator:
                return "".join(content)
            content.append(line + "\n")
        return None


def _size(line: str) -> int:
    return len(line.encode(errors="surrogatepass"))
