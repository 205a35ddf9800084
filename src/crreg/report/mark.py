"""The three signs that tables show."""

import enum


class Mark(enum.Enum):
    """Whether what a cell tells is good."""

    GOOD = "✓"
    BAD = "✗"
    UNSURE = "?"
