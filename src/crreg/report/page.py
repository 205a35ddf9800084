"""A page of terminal text: escapes and wraps text, and colors it on request."""

import io
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.theme import Theme

from crreg.findings.remedy import Command, Link, Prose, Remedy, Shell, Snippet
from crreg.printable import plain
from crreg.report.escaping import LONGEST_TEXT, inert
from crreg.report.tables import MOST, Mark

_MARKS = {Mark.GOOD: "green", Mark.BAD: "red", Mark.UNSURE: "yellow"}
_INDENT = 2
_COMMAND_INDENT = 6
_GAP = 2
_NARROWEST = 12
_FENCE = "```"


class Page:
    """Collects blocks of text; `text` returns all of them."""

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
            theme=Theme({"markdown.code": "cyan"}),
            _environ={},
        )

    def text(self) -> str:
        """Everything so far, with workflow commands made harmless."""
        lines = self._written.getvalue().split("\n")
        return inert("\n".join(line.rstrip() for line in lines))

    def line(self, text: str, style: str = "") -> None:
        """Add a line, wrapped if it is too long."""
        self._console.print(Text(plain(text, LONGEST_TEXT), style))

    def title(self, text: str) -> None:
        """Add the title and an empty line."""
        self._console.print(Text(plain(text), "bold"))
        self.blank()

    def blank(self) -> None:
        """Add an empty line."""
        self._console.print()

    def more(self, count: int, what: str) -> None:
        """Add a line with the number of items that are not shown, if there are more than `MOST`."""
        if count > MOST:
            self.line(
                f"{count - MOST} more {what} are in the JSON report (--format json, or the input report-file)."
            )
            self.blank()

    def heading(self, word: str, style: str, rest: str) -> None:
        """Add a finding's first line, never wrapped, so that a terminal can link the location in it."""
        text = Text.assemble((word, style), " ", (plain(rest, LONGEST_TEXT), "bold"))
        self._console.print(text, soft_wrap=True)

    def paragraph(self, text: str, indent: int = _INDENT) -> None:
        """Add an indented message; text between backticks is colored."""
        words = (
            Text(plain(text, LONGEST_TEXT))
            if self._console.no_color
            else _literals(plain(text, LONGEST_TEXT))
        )
        self._console.print(Padding(words, (0, 0, 0, indent)))

    def item(self, number: int, text: str, style: str) -> None:
        """Add an item of a numbered list; its other lines are aligned with its first word."""
        table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_row(Text(f"{number}.", style), Text(plain(text, LONGEST_TEXT), style))
        self._console.print(table)

    def command(self, command: str) -> None:
        """Add a command to paste, never wrapped, since a line break would change it."""
        self._console.print(
            Text(" " * _COMMAND_INDENT + plain(command, LONGEST_TEXT), "cyan"), soft_wrap=True
        )

    def link(self, text: str, url: str) -> None:
        """Add a web page on a line that is never wrapped, so that a terminal can link it."""
        self._console.print(Text(f"{plain(text, LONGEST_TEXT)}: {plain(url, LONGEST_TEXT)}"), soft_wrap=True)

    def remedy(self, remedy: Remedy, indent: int) -> None:
        """Add the steps of a remedy: prose is wrapped; commands and addresses get their own lines, never wrapped."""
        for step in remedy:
            match step:
                case Prose(text):
                    self.paragraph(text, indent)
                case Link(text, url):
                    self.paragraph(f"{text}:", indent)
                    self.command(url)
                case Command() | Shell() | Snippet():
                    self.command(step.line)

    def markdown(self, text: str) -> None:
        """Add crreg's own Markdown as a person reads it; commands are never wrapped."""
        # The container has no parser for it (container/assemble.py), and nothing else needs one.
        from rich.markdown import Markdown

        for number, block in enumerate(text.split(_FENCE)):
            if number % 2 == 0:
                self._console.print(Markdown(block))
                self.blank()
                continue
            for line in block.rstrip().splitlines()[1:]:
                self.command(line)
            self.blank()

    def cell(self, text: str, below: str = "", style: str = "") -> RenderableType:
        """Return a table cell, with an optional dimmed second line."""
        first = Text(plain(text), style, overflow="fold")
        if not below:
            return first
        return Group(first, Padding(Text(plain(below), "dim", overflow="fold"), (0, 0, 0, _INDENT)))

    def marked(self, mark: Mark, words: str) -> Text:
        """Return a table cell that starts with a mark."""
        return Text(f"{mark.value} {plain(words)}", _MARKS[mark])

    def table(self, header: Sequence[str], rows: Sequence[Sequence[RenderableType]]) -> None:
        """Add a table and an empty line; if it is too wide, the names in the first column are wrapped last."""
        table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="underline")
        columns = [
            [self._console.measure(cell) for cell in (title, *column)]
            for title, *column in zip(header, *rows, strict=True)
        ]
        widest = max(cell.maximum for cell in columns[0])
        others = sum(max(cell.minimum for cell in column) + _GAP for column in columns[1:])
        room = self._console.width - _GAP - others
        table.add_column(header[0], width=max(_NARROWEST, min(widest, room)))
        for title in header[1:]:
            table.add_column(title)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)
        self.blank()


def _literals(text: str) -> Text:
    pieces = text.split("`")
    if len(pieces) % 2 == 0:
        return Text(text)
    return Text.assemble(*((piece, "cyan" if number % 2 else "") for number, piece in enumerate(pieces)))
