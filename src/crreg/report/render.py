"""One report in the format that was asked for."""

import enum

from crreg.report.report import Report


class Format(enum.StrEnum):
    """A way to render a report; the names of `--format`."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    GITHUB = "github"


def render(report: Report, form: Format, *, color: bool = False, width: int = 100) -> str:
    """Render a report; colour and width count for text only. Ends with a line break unless it is empty."""
    if form is Format.TEXT:
        from crreg.report.text import render_text

        return render_text(report, color=color, width=width)
    from crreg.report.annotations import render_annotations
    from crreg.report.json_report import render_json
    from crreg.report.markdown import render_markdown
    from crreg.report.sarif import render_sarif

    renderers = {
        Format.JSON: render_json,
        Format.MARKDOWN: render_markdown,
        Format.SARIF: render_sarif,
        Format.GITHUB: render_annotations,
    }
    return renderers[form](report)
