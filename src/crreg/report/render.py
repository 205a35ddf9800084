"""Render what a job found or did in the requested format.

Each function imports its renderers when it is called, so that no command loads those of another. Most runs render text
and load no other format.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from crreg.redaction.redact import Redactor
from crreg.report.formats import Format
from crreg.report.rendering import Drawn, rendered

if TYPE_CHECKING:
    from crreg.check.report import Report
    from crreg.doctor.diagnosis import Examination
    from crreg.doctor.probe import Probe
    from crreg.ensure.change import Ensured, Plan
    from crreg.facts.named_images import NamedImages
    from crreg.facts.tried_logins import TriedLogins
    from crreg.organization.repairing import Repaired
    from crreg.organization.report import OrganizationReport
    from crreg.publish.published import Publishing
    from crreg.rules.rule import Rule

_T = TypeVar("_T")


def render(
    report: "Report",
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
) -> str:
    """Render a report; `color` and `width` apply only to text.

    Ends with a line break unless it is empty.
    """
    if form is Format.TEXT:
        from crreg.report.text import render_text

        return rendered(report, redactor, lambda shown: render_text(shown, color=color, width=width))
    from crreg.report.annotations import render_annotations
    from crreg.report.json import report_document
    from crreg.report.markdown import render_markdown
    from crreg.report.sarif import sarif_document

    return _render(
        report,
        form,
        redactor,
        {
            Format.JSON: report_document,
            Format.NDJSON: lambda shown: [report_document(shown)],
            Format.MARKDOWN: render_markdown,
            Format.SARIF: sarif_document,
            Format.GITHUB: render_annotations,
        },
    )


def _render(
    value: _T, form: Format, redactor: Redactor, drawn: Mapping[Format, Callable[[_T], Drawn]]
) -> str:
    """Render a value in one of the formats that its document has."""
    return rendered(value, redactor, drawn[form], commands=form is Format.GITHUB)


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
    repaired: "Repaired",
    form: Format,
    redactor: Redactor,
    *,
    color: bool = False,
    width: int = 100,
    in_step: bool = False,
) -> str:
    """Render the repair of an organization.

    Args:
        repaired: the plan, and what became of it.
        form: JSON, Markdown or text.
        redactor: hides secret values.
        color: whether text has colors.
        width: the columns of text.
        in_step: whether the reader carries out the plan with an input of the action, not with an option.
    """
    from crreg.report.repair import repair_document, repair_markdown, repair_text

    return _render(
        repaired,
        form,
        redactor,
        {
            Format.JSON: repair_document,
            Format.MARKDOWN: lambda shown: repair_markdown(shown, in_step=in_step),
            Format.TEXT: lambda shown: repair_text(shown, color=color, width=width, in_step=in_step),
        },
    )


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

    together: Mapping[Format, Callable[[Sequence[OrganizationReport]], Drawn]] = {
        Format.JSON: organizations_document,
        Format.MARKDOWN: organizations_markdown,
    }
    if len(reports) > 1 and form in together:
        return _render(tuple(reports), form, redactor, together)
    texts = [render_organization(each, form, redactor, color=color, width=width) for each in reports]
    return ("\n" if form is Format.TEXT else "").join(texts)


def render_plan(plan: "Plan", redactor: Redactor, *, color: bool = False, width: int = 100) -> str:
    """Render the plan as text, before it is carried out."""
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
    """Render how the plan ended. All formats but text always include the plan; text includes it `with_plan`."""
    if form is Format.TEXT:
        from crreg.report.text import render_end_text

        before = render_plan(ensured.plan, redactor, color=color, width=width) if with_plan else ""
        return before + rendered(
            ensured, redactor, lambda shown: render_end_text(shown, color=color, width=width)
        )
    from crreg.report.annotations import render_plan_annotations
    from crreg.report.change_json import plan_document
    from crreg.report.markdown import render_plan_markdown

    return _render(
        ensured,
        form,
        redactor,
        {
            Format.JSON: plan_document,
            Format.MARKDOWN: render_plan_markdown,
            Format.GITHUB: render_plan_annotations,
        },
    )


def render_publishing(
    publishing: "Publishing", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the results of publishing; `color` and `width` apply only to text."""
    if form is Format.TEXT:
        from crreg.report.text import render_publish_text

        return rendered(
            publishing, redactor, lambda shown: render_publish_text(shown, color=color, width=width)
        )
    from crreg.report.annotations import render_publish_annotations
    from crreg.report.change_json import publish_document
    from crreg.report.markdown import render_publish_markdown

    return _render(
        publishing,
        form,
        redactor,
        {
            Format.JSON: publish_document,
            Format.MARKDOWN: render_publish_markdown,
            Format.GITHUB: render_publish_annotations,
        },
    )


def render_images(
    named: "NamedImages", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the list of images; `color` and `width` apply only to text."""
    if form is Format.TEXT:
        from crreg.report.named_images import images_text

        return rendered(named, redactor, lambda shown: images_text(shown, color=color, width=width))
    from crreg.report.json import images_document

    return rendered(named, redactor, images_document)


def render_logins(tried: "TriedLogins", form: Format, redactor: Redactor, *, color: bool = False) -> str:
    """Render the test logins; `color` applies only to text."""
    if form is Format.TEXT:
        from crreg.report.logins import logins_text

        return rendered(tried, redactor, lambda shown: logins_text(shown, color=color))
    from crreg.report.json import logins_document

    return rendered(tried, redactor, logins_document)


def render_diagnosis(
    examination: "Examination", form: Format, redactor: Redactor, *, color: bool = False, width: int = 100
) -> str:
    """Render the examination of a codespace; as text, what is below the lines of the checks."""
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
    from crreg.report.doctor import recommended_text

    # The text is a part of the document, so that it is escaped as JSON is.
    document = rendered(secrets, redactor, lambda shown: {"secrets": shown})
    return recommended_text(document) if form is Format.TEXT else document


def render_rules(rules: Sequence["Rule"], form: Format, text: Callable[[Sequence["Rule"]], str]) -> str:
    """Render rules, as `text` does or as JSON. The texts are crreg's own, so nothing is redacted."""
    from crreg.report.json import rules_document

    return _render(tuple(rules), form, Redactor(()), {Format.JSON: rules_document, Format.TEXT: text})


def render_probe(probe: "Probe", form: Format) -> str:
    """Render what a file of the probe says. The texts are crreg's own, so nothing is redacted."""
    from crreg.report.probe import probe_document, probe_text

    return _render(probe, form, Redactor(()), {Format.JSON: probe_document, Format.TEXT: probe_text})
