"""Render what a job found or did in the requested format.

A format is loaded when it is chosen. Half of the time in which `crreg check --format json` starts would otherwise go to
rich and to the tables of other jobs.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from crreg.redaction.redact import Redactor
from crreg.report.formats import Format
from crreg.report.rendering import Drawn, rendered

if TYPE_CHECKING:
    from crreg.check.report import Report
    from crreg.ensure.change import Ensured, Plan
    from crreg.organization.repairing import Repaired
    from crreg.organization.report import OrganizationReport
    from crreg.publish.published import Publishing


def render(
    report: "Report", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render a report; `color` and `width` apply only to text. Ends with a line break unless it is empty."""
    draw: Callable[[Report], Drawn]
    match form:
        case Format.TEXT:
            from crreg.report.text import render_text

            return rendered(report, redactor, lambda shown: render_text(shown, color=color, width=width))
        case Format.MARKDOWN:
            from crreg.report.markdown import render_markdown as draw
        case Format.SARIF:
            from crreg.report.sarif import sarif_document as draw
        case Format.GITHUB:
            from crreg.report.annotations import render_annotations as draw
        case Format.JSON:
            from crreg.report.json import report_document as draw
        case Format.NDJSON:
            from crreg.report.json import report_document

            return rendered(report, redactor, lambda shown: [report_document(shown)])
    return rendered(report, redactor, draw, commands=form is Format.GITHUB)


def render_organization(
    report: "OrganizationReport", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the report about an organization; `color` and `width` apply only to text."""
    from crreg.report.organization import (
        checked_document,
        organization_document,
        organization_markdown,
        organization_text,
    )

    renderers: dict[Format, Callable[[OrganizationReport], Drawn]] = {
        Format.JSON: organization_document,
        Format.NDJSON: lambda shown: [checked_document(each) for each in shown.repositories],
        Format.MARKDOWN: organization_markdown,
        Format.TEXT: lambda shown: organization_text(shown, color=color, width=width),
    }
    return rendered(report, redactor, renderers[form])


def render_repair(
    repaired: "Repaired", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the repair of an organization; `color` and `width` apply only to text."""
    from crreg.report.repair import repair_document, repair_markdown, repair_text

    if form is Format.JSON:
        return rendered(repaired, redactor, repair_document)
    if form is Format.MARKDOWN:
        return rendered(repaired, redactor, repair_markdown)
    return rendered(repaired, redactor, lambda shown: repair_text(shown, color=color, width=width))


def render_organizations(
    reports: Sequence["OrganizationReport"],
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """Render the reports about several organizations; one report looks as if it were alone."""
    from crreg.report.organization import organizations_document, organizations_markdown

    if len(reports) > 1 and form in (Format.JSON, Format.MARKDOWN):
        together: dict[Format, Callable[[Sequence[OrganizationReport]], Drawn]] = {
            Format.JSON: organizations_document,
            Format.MARKDOWN: organizations_markdown,
        }
        return rendered(tuple(reports), redactor, together[form])
    texts = [render_organization(each, form, redactor, color=color, width=width) for each in reports]
    return ("\n" if form is Format.TEXT else "").join(texts)


def render_plan(plan: "Plan", redactor: Redactor, *, color: bool = False, width: int = 100) -> str:
    """The plan as text, before it is carried out."""
    from crreg.report.text import render_plan_text

    return rendered(plan, redactor, lambda shown: render_plan_text(shown, color=color, width=width))


def render_end(
    ensured: "Ensured",
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
    with_plan: bool = True,
) -> str:
    """What became of the plan; as text only with the plan itself if wanted, in the other formats always."""
    if form is Format.JSON:
        from crreg.report.change_json import plan_document

        return rendered(ensured, redactor, plan_document)
    if form is Format.MARKDOWN:
        from crreg.report.markdown import render_plan_markdown

        return rendered(ensured, redactor, render_plan_markdown)
    if form is Format.GITHUB:
        from crreg.report.annotations import render_plan_annotations

        return rendered(ensured, redactor, render_plan_annotations, commands=True)
    from crreg.report.text import render_end_text

    before = render_plan(ensured.plan, redactor, color=color, width=width) if with_plan else ""
    return before + rendered(
        ensured, redactor, lambda shown: render_end_text(shown, color=color, width=width)
    )


def render_publishing(
    publishing: "Publishing", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render it; color and width count for text only."""
    if form is Format.JSON:
        from crreg.report.change_json import publish_document

        return rendered(publishing, redactor, publish_document)
    if form is Format.MARKDOWN:
        from crreg.report.markdown import render_publish_markdown

        return rendered(publishing, redactor, render_publish_markdown)
    if form is Format.GITHUB:
        from crreg.report.annotations import render_publish_annotations

        return rendered(publishing, redactor, render_publish_annotations, commands=True)
    from crreg.report.text import render_publish_text

    return rendered(publishing, redactor, lambda shown: render_publish_text(shown, color=color, width=width))
