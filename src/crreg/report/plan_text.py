"""A plan and its end as text, for a person in a terminal."""

from crreg.ensure.change import Action, Change, Ensured, Outcome, Plan
from crreg.exits import Status
from crreg.report.page import Page
from crreg.report.plan_verdict import SIGNS, plan_verdict, status_of
from crreg.report.text import findings_lines, more_line
from crreg.report.wording import MOST

_STYLES = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.ASSIGN: "cyan", Action.UNCHANGED: "dim"}
_STATUS = {Status.HEALTHY: "bold green", Status.UNHEALTHY: "bold red", Status.UNKNOWN: "bold yellow"}
_ENDS = {Outcome.FAILED: "bold red", Outcome.SKIPPED: "bold yellow"}


def render_plan_text(plan: Plan, *, color: bool, width: int) -> str:
    """What would be written, before it is."""
    page = Page(color=color, width=width)
    page.title(f"Codespaces registry secrets of {plan.repository}")
    for note in plan.notes:
        page.line(f"Note: {note}")
    if plan.notes:
        page.blank()
    if plan.changes:
        rows = [
            [
                page.cell(f"{SIGNS[change.action]} {change.action}", style=_STYLES[change.action]),
                page.cell(change.name),
                page.cell(_store(change)),
                page.cell(change.reason),
            ]
            for change in plan.changes[:MOST]
        ]
        page.table(["Change", "Secret", "Kept in", "Why"], rows)
        more_line(page, len(plan.changes), "changes")
    return page.text()


def render_end_text(ensured: Ensured, *, color: bool, width: int) -> str:
    """What was refused, what failed, and the verdict last, right above a prompt."""
    page = Page(color=color, width=width)
    for note in ensured.end_notes:
        page.line(f"Note: {note}")
    findings_lines(page, ensured.plan.findings)
    for change, result in ensured.failures[:MOST]:
        page.heading(result.outcome, _ENDS[result.outcome], f"{change.action} {change.name}")
        page.paragraph(result.detail)
        page.blank()
    more_line(page, len(ensured.failures), "failures")
    page.line(plan_verdict(ensured), _STATUS[status_of(ensured)])
    return page.text()


def _store(change: Change) -> str:
    return f"{change.store} ({change.visibility})" if change.visibility else change.store
