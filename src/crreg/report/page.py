"""A page of terminal text: what is put on it is escaped, wrapped and, if asked for, coloured."""

import io
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crreg.report.escaping.workflow import inert
from crreg.report.mark import Mark
from crreg.rules.plain import plain

_MARKS = {Mark.GOOD: "green", Mark.BAD: "red", Mark.UNSURE: "yellow"}
_INDENT = 2
_COMMAND_INDENT = 4
_LONGEST = 2000


class Page:
    """Collects blocks of text; `text` gives the whole."""

    def __init__(self, *, color: bool, width: int) -> None:
        self._written = io.StringIO()
        self._console = Console(
            file=self._written,
            width=max(width, 40),
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )

    def text(self) -> str:
        """Everything so far, in which a runner finds no workflow command."""
        lines = self._written.getvalue().split("\n")
        return inert("\n".join(line.rstrip() for line in lines))

    def line(self, text: str, style: str = "") -> None:
        """A line of its own, wrapped if it is too long."""
        self._console.print(Text(plain(text, _LONGEST), style))

    def blank(self) -> None:
        """An empty line."""
        self._console.print()

    def heading(self, word: str, style: str, rest: str) -> None:
        """A finding's first line, never wrapped, so that a terminal links the place in it."""
        text = Text.assemble((word, style), " ", (plain(rest, _LONGEST), "bold"))
        self._console.print(text, soft_wrap=True)

    def paragraph(self, text: str) -> None:
        """A message, indented; what stands between backticks is set apart in colour."""
        self._console.print(Padding(_literals(plain(text, _LONGEST)), (0, 0, 0, _INDENT)))

    def command(self, command: str) -> None:
        """A command to paste, never wrapped: a line break would change it."""
        self._console.print(Text(" " * _COMMAND_INDENT + plain(command, _LONGEST), "cyan"), soft_wrap=True)

    def cell(self, text: str) -> Text:
        """A table's cell."""
        return Text(plain(text), overflow="fold")

    def marked(self, mark: Mark, words: str) -> Text:
        """A table's cell with a sign."""
        return Text(f"{mark.value} {plain(words)}", _MARKS[mark])

    def table(self, header: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
        """A table and an empty line."""
        table = Table(*header, box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for row in rows:
            table.add_row(*row)
        self._console.print(table)


def _literals(text: str) -> Text:
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return Text(text)
    return Text.assemble(*((piece, "cyan" if number % 2 else "") for number, piece in enumerate(pieces)))
