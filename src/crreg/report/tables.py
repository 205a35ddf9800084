"""What the tables of all formats share, and a new page for those of a terminal."""

import enum
from typing import TYPE_CHECKING

from crreg.exits.status import Status
from crreg.findings.finding import Severity

if TYPE_CHECKING:
    from crreg.report.page import Page

MOST = 1000
"""The most findings, and rows of each table, in a text: more than anybody reads, but not too long for a log."""


SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow"}
STATUS_STYLES = {Status.HEALTHY: "bold green", Status.UNHEALTHY: "bold red", Status.UNKNOWN: "bold yellow"}


class Mark(enum.Enum):
    """Whether the content of a cell is good news."""

    GOOD = "✓"
    BAD = "✗"
    UNSURE = "?"

    def with_words(self, words: str = "", *, color: bool) -> str:
        """Return the mark and words for a terminal."""
        text = f"{self.value} {words}".rstrip()
        return f"\x1b[{_COLORS[self]}m{text}\x1b[0m" if color else text


_COLORS = {Mark.GOOD: "32", Mark.BAD: "31", Mark.UNSURE: "33"}


def new_page(*, color: bool, width: int) -> "Page":
    """Make an empty page.

    It loads rich, which takes a tenth of the time of a check. Modules that draw text import this one in its place,
    since commands that print JSON import them too.
    """
    from crreg.report.page import Page

    return Page(color=color, width=width)
