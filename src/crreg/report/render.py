"""Render what a job found or did in the requested format."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from crreg.check.report import Report
from crreg.ensure.change import Ensured, Plan
from crreg.net.request_log import LogForm, Sent
from crreg.organization.report import OrganizationReport
from crreg.publish.published import Publishing
from crreg.redaction.redact import Redactor
from crreg.report.annotations import findings_commands, render_annotations, render_plan_annotations
from crreg.report.change_json import plan_document, publish_document
from crreg.report.formats import Format
from crreg.report.json import dumped, report_document
from crreg.report.markdown import render_markdown, render_plan_markdown, render_publish_markdown
from crreg.report.sarif import sarif_document
from crreg.report.text import render_end_text, render_plan_text, render_publish_text, render_text
from crreg.report.verdict import publish_verdict

if TYPE_CHECKING:
    from crreg.organization.repairing import Repaired

_T = TypeVar("_T")
_Drawn = str | Mapping[str, object] | Sequence[Mapping[str, object]]
"""Text, a document, or several documents."""


def render(report: Report, form: Format, redactor: Redactor, *, color: bool = False, width: int = 100) -> str:
    """Render a report; `color` and `width` apply only to text. Ends with a line break unless it is empty."""
    if form is Format.TEXT:
        return rendered(report, redactor, lambda shown: render_text(shown, color=color, width=width))
    renderers: dict[Format, Callable[[Report], _Drawn]] = {
        Format.JSON: report_document,
        Format.NDJSON: lambda shown: [report_document(shown)],
        Format.MARKDOWN: render_markdown,
        Format.SARIF: sarif_document,
        Format.GITHUB: render_annotations,
    }
    return rendered(report, redactor, renderers[form], commands=form is Format.GITHUB)


def rendered(
    value: _T,
    redactor: Redactor,
    draw: Callable[[_T], _Drawn],
    *,
    commands: bool = False,
) -> str:
    """Render a value of any kind.

    `draw` makes a text, workflow commands, a document that becomes JSON, or several that become a line of JSON each.

    Every text in the value is redacted before, since a secret that was wrapped or escaped is not found any more;
    and what was drawn is searched again, since texts that were put together may make up one. A document keeps its
    keys and the words that its readers compare.
    """
    drawn = draw(redactor.value(value))
    if isinstance(drawn, Mapping):
        return dumped(redactor.document(drawn))
    if not isinstance(drawn, str):
        from crreg.report.json import dumped_lines

        return dumped_lines(redactor.document(drawn))
    return redactor.commands(drawn) if commands else redactor.redact(drawn)


def render_organization(
    report: OrganizationReport, form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the report about an organization; `color` and `width` apply only to text."""
    from crreg.report.organization import (
        checked_document,
        organization_document,
        organization_markdown,
        organization_text,
    )

    renderers: dict[Format, Callable[[OrganizationReport], _Drawn]] = {
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
    reports: Sequence[OrganizationReport],
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """Render the reports about several organizations; one report looks as if it were alone."""
    from crreg.report.organization import organizations_document, organizations_markdown

    if len(reports) > 1 and form in (Format.JSON, Format.MARKDOWN):
        together: dict[Format, Callable[[Sequence[OrganizationReport]], _Drawn]] = {
            Format.JSON: organizations_document,
            Format.MARKDOWN: organizations_markdown,
        }
        return rendered(tuple(reports), redactor, together[form])
    texts = [render_organization(each, form, redactor, color=color, width=width) for each in reports]
    return ("\n" if form is Format.TEXT else "").join(texts)


def render_plan(plan: Plan, redactor: Redactor, *, color: bool = False, width: int = 100) -> str:
    """The plan as text, before it is carried out."""
    return rendered(plan, redactor, lambda shown: render_plan_text(shown, color=color, width=width))


def render_end(
    ensured: Ensured,
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
    with_plan: bool = True,
) -> str:
    """What became of the plan; as text only with the plan itself if wanted, in the other formats always."""
    if form is Format.JSON:
        return rendered(ensured, redactor, plan_document)
    if form is Format.MARKDOWN:
        return rendered(ensured, redactor, render_plan_markdown)
    if form is Format.GITHUB:
        return rendered(ensured, redactor, render_plan_annotations, commands=True)
    before = render_plan(ensured.plan, redactor, color=color, width=width) if with_plan else ""
    return before + rendered(
        ensured, redactor, lambda shown: render_end_text(shown, color=color, width=width)
    )


def render_publishing(
    publishing: Publishing, form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render it; color and width count for text only."""
    if form is Format.JSON:
        return rendered(publishing, redactor, publish_document)
    if form is Format.MARKDOWN:
        return rendered(publishing, redactor, render_publish_markdown)
    if form is Format.GITHUB:
        return rendered(
            publishing,
            redactor,
            lambda shown: findings_commands(shown.findings, publish_verdict(shown)),
            commands=True,
        )
    return rendered(publishing, redactor, lambda shown: render_publish_text(shown, color=color, width=width))


def request_line(sent: Sent, form: LogForm, redactor: Redactor) -> str:
    """The record of a request as one line without a line break; the caller makes it safe for where it goes."""
    if form is LogForm.JSON:
        return rendered(sent, redactor, lambda shown: [shown.document()]).rstrip("\n")
    return rendered(sent, redactor, Sent.line)
