"""The formats that a report can have, and which of them each job has."""

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


OF_A_CHECK = tuple(Format)
OF_AN_ORGANIZATION = (Format.TEXT, Format.JSON, Format.NDJSON, Format.MARKDOWN)
OF_A_CHANGE = (Format.TEXT, Format.JSON, Format.MARKDOWN)
"""What `ensure` and `publish` print."""
OF_A_LIST = (Format.TEXT, Format.JSON)
"""What `images`, `login`, `doctor` and `rules` print."""
