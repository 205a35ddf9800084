"""Renders a check's report in the requested format."""

import enum
from collections.abc import Callable
from typing import Any

from crreg.check.report import Report
from crreg.redaction.redact import Redactor
from crreg.report.rendering import rendered


class Format(enum.StrEnum):
    """The formats of a report; the values are those of `--format`."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    GITHUB = "github"


def render(report: Report, form: Format, redactor: Redactor, *, color: bool = False, width: int = 100) -> str:
    """Render a report; `color` and `width` apply only to text. Ends with a line break unless it is empty."""
    if form is Format.TEXT:
        from crreg.report.text import render_text

        return rendered(report, redactor, lambda shown: render_text(shown, color=color, width=width))
    from crreg.report.annotations import render_annotations
    from crreg.report.json import report_document
    from crreg.report.markdown import render_markdown
    from crreg.report.sarif import sarif_document

    renderers: dict[Format, Callable[[Report], str | dict[str, Any]]] = {
        Format.JSON: report_document,
        Format.MARKDOWN: render_markdown,
        Format.SARIF: sarif_document,
        Format.GITHUB: render_annotations,
    }
    return rendered(report, redactor, renderers[form], commands=form is Format.GITHUB)
