"""Renders reports as text for a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crreg.check.report import Report
from crreg.ensure.change import Action, ChangeOutcome, Ensured, Plan
from crreg.facts.model import Facts
from crreg.findings.finding import Finding
from crreg.github.gh import asked_with
from crreg.publish.published import Publishing, kind_of, source_of
from crreg.report.logins import login_cell
from crreg.report.tables import MOST, SEVERITY_STYLES, STATUS_STYLES, new_page
from crreg.report.verdict import (
    access_of,
    end_of,
    judged_images,
    plan_verdict,
    publish_verdict,
    short,
    signed,
    store_of,
    tags_of,
    verdict,
    why_left,
)
from crreg.report.wording import ABOUT, image_cell, part_cell, stored_values
from crreg.triple import Part

if TYPE_CHECKING:
    from crreg.report.page import Page


def render_text(report: Report, *, color: bool, width: int) -> str:
    """Render a report: tables first and the verdict last, so that the findings are right above the prompt."""
    page = new_page(color=color, width=width)
    facts = report.facts
    if facts.repository:
        page.title(f"Codespaces registry secrets of {facts.repository}")
    source = asked_with(facts.token_source)
    if source is not None:
        page.line(source)
        page.blank()
    if facts.triples:
        _triples(page, facts)
    if facts.images:
        _images(page, report)
    findings_lines(page, report.findings)
    page.line(verdict(report), STATUS_STYLES[report.status])
    return page.text()


def _triples(page: "Page", facts: Facts) -> None:
    explained = stored_values(facts)
    if explained:
        page.line(explained)
    page.table(
        ["Triple", *Part, "Login"],
        [
            [
                page.cell(triple.identifier, triple.server or "registry unknown"),
                *(page.marked(*part_cell(facts, triple, part)) for part in Part),
                page.marked(*login_cell(triple.login)),
            ]
            for triple in facts.triples[:MOST]
        ],
    )
    page.more(len(facts.triples), "triples")


def _images(page: "Page", report: Report) -> None:
    facts = report.facts
    page.table(
        ["Image", "Result"],
        [
            [
                page.cell(image.text, str(image.location)),
                page.marked(*image_cell(facts, image, error)),
            ]
            for image, error in judged_images(report)[:MOST]
        ],
    )
    page.more(len(facts.images), "images")


def findings_lines(page: "Page", findings: Sequence[Finding]) -> None:
    """Add findings to a page, and the number of those that are left out."""
    for finding in findings[:MOST]:
        finding_lines(page, finding)
    page.more(len(findings), "findings")


def finding_lines(page: "Page", finding: Finding) -> None:
    """Add one finding to a page: heading, message, remedy, and link to the rule."""
    place = f"  {finding.location}" if finding.location else ""
    page.heading(finding.severity, SEVERITY_STYLES[finding.severity], f"{finding.rule}{place}")
    page.paragraph(finding.message)
    page.line("  To fix:", "bold")
    page.remedy(finding.steps, indent=4)
    page.link(f"  {ABOUT}", finding.documentation)
    page.blank()


_PLAN_STYLES = {
    Action.CREATE: "green",
    Action.UPDATE: "yellow",
    Action.ASSIGN: "cyan",
    Action.UNCHANGED: "dim",
}
_ENDS = {ChangeOutcome.FAILED: "bold red", ChangeOutcome.SKIPPED: "bold yellow"}


def render_plan_text(plan: Plan, *, color: bool, width: int) -> str:
    """Render the plan before it is carried out."""
    page = new_page(color=color, width=width)
    page.title(f"Codespaces registry secrets of {plan.repository}")
    for note in plan.notes:
        page.line(f"Note: {note}")
    if plan.notes:
        page.blank()
    if plan.changes:
        rows = [
            [
                page.cell(signed(change), style=_PLAN_STYLES[change.action]),
                page.cell(change.name),
                page.cell(store_of(change)),
                page.cell(change.reason),
            ]
            for change in plan.changes[:MOST]
        ]
        page.table(["Change", "Secret", "Kept in", "Why"], rows)
        page.more(len(plan.changes), "changes")
    return page.text()


def render_end_text(ensured: Ensured, *, color: bool, width: int) -> str:
    """Render the refusals, the failures, and last the verdict, right above the prompt."""
    page = new_page(color=color, width=width)
    for note in ensured.end_notes:
        page.line(f"Note: {note}")
    findings_lines(page, ensured.plan.findings)
    failures_lines(page, ensured)
    page.line(plan_verdict(ensured), STATUS_STYLES[ensured.status])
    if ensured.left:
        page.line(why_left(ensured))
    return page.text()


def failures_lines(page: "Page", ensured: Ensured) -> None:
    """Add the changes that were not made to a page, and the number of those that are left out."""
    for change, result in ensured.failures[:MOST]:
        whose = f" for {', '.join(change.repositories)}" if change.action is Action.ASSIGN else ""
        page.heading(result.outcome, _ENDS[result.outcome], f"{change.action} {change.name}{whose}")
        page.paragraph(result.detail)
        page.blank()
    page.more(len(ensured.failures), "failures")


def render_publish_text(publishing: Publishing, *, color: bool, width: int) -> str:
    """Render the images, the findings, and last the verdict, right above the prompt."""
    page = new_page(color=color, width=width)
    page.title("Published images" + (f" of {publishing.repository}" if publishing.repository else ""))
    rows = [
        [
            page.cell(
                result.publication.image,
                f"from {kind_of(result.publication)} {source_of(result.publication)}",
            ),
            page.cell(tags_of(result)),
            page.cell(short(result.digest), access_of(result)),
            page.marked(*end_of(result)),
        ]
        for result in publishing.results
    ]
    page.table(["Image", "Tags", "Digest", "Result"], rows)
    for result in publishing.results:
        for note in result.notes:
            page.line(f"Note: {result.publication.image}: {note}")
    for note in publishing.notes:
        page.line(f"Note: {note}")
    if publishing.notes or any(result.notes for result in publishing.results):
        page.blank()
    findings_lines(page, publishing.findings)
    page.line(publish_verdict(publishing), STATUS_STYLES[publishing.status])
    return page.text()
