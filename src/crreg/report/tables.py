"""What the tables of all formats share, and a new page for those of a terminal."""

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crreg.report.page import Page

MOST = 1000
"""The most findings, and rows of each table, in a text: more than anybody reads, but not too long for a log."""


class Mark(enum.Enum):
    """Whether the content of a cell is good news."""

    GOOD = "✓"
    BAD = "✗"
    UNSURE = "?"


def new_page(*, color: bool, width: int) -> "Page":
    """Make an empty page.

    It loads rich, which takes a tenth of the time of a check. Modules that draw text import this one in its place,
    since commands that print JSON import them too.
    """
    from crreg.report.page import Page

    return Page(color=color, width=width)
