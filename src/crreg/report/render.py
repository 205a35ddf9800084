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
from crreg.report.json import dumped, images_document, report_document, rules_document, triples_document
from crreg.report.markdown import render_markdown, render_plan_markdown, render_publish_markdown
from crreg.report.sarif import sarif_document
from crreg.report.text import images_text, render_end_text, render_plan_text, render_publish_text, render_text
from crreg.report.verdict import publish_verdict
from crreg.rules.rule import Rule

if TYPE_CHECKING:
    from crreg.doctor.diagnosis import Examination
    from crreg.doctor.probe import Probe
    from crreg.facts.model import Facts
    from crreg.organization.repairing import Repaired

_T = TypeVar("_T")
_Drawn = str | Mapping[str, object] | Sequence[Mapping[str, object]]
"""Text, a document, or several documents."""


def render(
    report: Report,
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
    headed: bool = False,
) -> str:
    """Render a report; `color`, `width` and a heading with the repository's name apply only to text.

    Ends with a line break unless it is empty.
    """
    heading = redactor.redact(f"{report.facts.repository}\n") if headed and form is Format.TEXT else ""
    return heading + _render(
        report,
        form,
        redactor,
        {
            Format.TEXT: lambda shown: render_text(shown, color=color, width=width),
            Format.JSON: report_document,
            Format.NDJSON: lambda shown: [report_document(shown)],
            Format.MARKDOWN: render_markdown,
            Format.SARIF: sarif_document,
            Format.GITHUB: render_annotations,
        },
    )


def _render(
    value: _T, form: Format, redactor: Redactor, drawn: Mapping[Format, Callable[[_T], _Drawn]]
) -> str:
    """Render a value in one of the formats that its document has."""
    return rendered(value, redactor, drawn[form], commands=form is Format.GITHUB)


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

    return _render(
        report,
        form,
        redactor,
        {
            Format.JSON: organization_document,
            Format.NDJSON: lambda shown: [checked_document(each) for each in shown.repositories],
            Format.MARKDOWN: organization_markdown,
            Format.TEXT: lambda shown: organization_text(shown, color=color, width=width),
        },
    )


def render_repair(
    repaired: "Repaired", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the repair of an organization; `color` and `width` apply only to text."""
    from crreg.report.repair import repair_document, repair_markdown, repair_text

    return _render(
        repaired,
        form,
        redactor,
        {
            Format.JSON: repair_document,
            Format.MARKDOWN: repair_markdown,
            Format.TEXT: lambda shown: repair_text(shown, color=color, width=width),
        },
    )


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

    together: Mapping[Format, Callable[[Sequence[OrganizationReport]], _Drawn]] = {
        Format.JSON: organizations_document,
        Format.MARKDOWN: organizations_markdown,
    }
    if len(reports) > 1 and form in together:
        return _render(tuple(reports), form, redactor, together)
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
    before = with_plan and form is Format.TEXT
    return (render_plan(ensured.plan, redactor, color=color, width=width) if before else "") + _render(
        ensured,
        form,
        redactor,
        {
            Format.JSON: plan_document,
            Format.MARKDOWN: render_plan_markdown,
            Format.GITHUB: render_plan_annotations,
            Format.TEXT: lambda shown: render_end_text(shown, color=color, width=width),
        },
    )


def render_publishing(
    publishing: Publishing, form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render it; color and width count for text only."""
    return _render(
        publishing,
        form,
        redactor,
        {
            Format.JSON: publish_document,
            Format.MARKDOWN: render_publish_markdown,
            Format.GITHUB: lambda shown: findings_commands(shown.findings, publish_verdict(shown)),
            Format.TEXT: lambda shown: render_publish_text(shown, color=color, width=width),
        },
    )


def render_images(
    facts: "Facts", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the list of images; color and width count for text only."""
    return _render(
        facts,
        form,
        redactor,
        {
            Format.JSON: images_document,
            Format.TEXT: lambda shown: images_text(shown, color=color, width=width),
        },
    )


def render_logins(facts: "Facts", form: Format, redactor: Redactor, *, color: bool = False) -> str:
    """Render the test logins; color counts for text only."""
    # Imported here, since one command alone draws it.
    from crreg.report.logins import logins_text

    return _render(
        facts,
        form,
        redactor,
        {Format.JSON: triples_document, Format.TEXT: lambda shown: logins_text(shown, color=color)},
    )


def render_diagnosis(
    examination: "Examination", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the examination of a codespace; as text, what is below the lines of the checks."""
    # Imported here, since one command alone draws it.
    from crreg.report.doctor import diagnosis_text, doctor_document

    return _render(
        examination,
        form,
        redactor,
        {
            Format.JSON: doctor_document,
            Format.TEXT: lambda shown: diagnosis_text(shown, color=color, width=width),
        },
    )


def render_recommended(secrets: Mapping[str, object], form: Format, redactor: Redactor) -> str:
    """Render the property `secrets` of devcontainer.json: as text the property alone, to paste."""
    # Imported here, since one command alone draws it.
    from crreg.report.doctor import recommended_text

    # The text is a part of the document, so that it is escaped as JSON is.
    document = rendered(secrets, redactor, lambda shown: {"secrets": shown})
    return recommended_text(document) if form is Format.TEXT else document


def render_rules(rules: Sequence[Rule], form: Format, text: Callable[[Sequence[Rule]], str]) -> str:
    """Render rules, as `text` does or as JSON. The texts are crreg's own, so nothing is redacted."""
    return _render(tuple(rules), form, Redactor(()), {Format.JSON: rules_document, Format.TEXT: text})


def render_probe(probe: "Probe", form: Format) -> str:
    """Render what a file of the probe says. The texts are crreg's own, so nothing is redacted."""
    # Imported here, since one command alone draws it.
    from crreg.report.probe import probe_document, probe_text

    return _render(probe, form, Redactor(()), {Format.JSON: probe_document, Format.TEXT: probe_text})


def request_line(sent: Sent, form: LogForm, redactor: Redactor) -> str:
    """The record of a request as one line without a line break; the caller makes it safe for where it goes."""
    if form is LogForm.JSON:
        return rendered(sent, redactor, lambda shown: [shown.document()]).rstrip("\n")
    return rendered(sent, redactor, Sent.line)
