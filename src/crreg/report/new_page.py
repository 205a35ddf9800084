"""A new page of text for a terminal."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crreg.report.page import Page


def new_page(*, color: bool, width: int) -> "Page":
    """Make an empty page.

    It loads rich, which takes a tenth of the time of a check. Modules that draw text import this one in its place,
    since commands that print JSON import them too.
    """
    from crreg.report.page import Page

    return Page(color=color, width=width)
