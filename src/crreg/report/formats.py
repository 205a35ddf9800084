"""The formats of reports: which of them each document has, and which one is the default."""

import enum


class Format(enum.StrEnum):
    """A way to render a report; the names of `--format`."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    GITHUB = "github"
    NDJSON = "ndjson"
    """One line of JSON for each repository."""

    @property
    def is_for_a_reader(self) -> bool:
        """Whether a person reads it as it is printed, so that a part may be printed before the rest is known."""
        return self is Format.TEXT


DEFAULT = Format.TEXT
OF_A_CHECK = tuple(Format)
OF_AN_ORGANIZATION = (Format.TEXT, Format.JSON, Format.NDJSON, Format.MARKDOWN)
OF_A_CHANGE = (Format.TEXT, Format.JSON, Format.MARKDOWN)
"""What `ensure` and `publish` print."""
OF_A_LIST = (Format.TEXT, Format.JSON)
"""What `images`, `login`, `doctor`, `rules` and `live read` print."""
OF_SEVERAL_CHECKS = {Format.TEXT: Format.TEXT, Format.JSON: Format.NDJSON, Format.NDJSON: Format.NDJSON}
"""The formats of several reports of `check`, and the one that each report then has."""
