"""A plan and its end as Markdown, for the job summary."""

from collections.abc import Iterator

from crreg.ensure.change import Ensured, Outcome
from crreg.exits import Status
from crreg.report.escaping.markdown import cell_code, code, escape
from crreg.report.markdown import finding_block, table
from crreg.report.plan_verdict import SIGNS, plan_verdict, status_of

_STATUS = {Status.HEALTHY: "✅", Status.UNHEALTHY: "❌", Status.UNKNOWN: "❔"}
_MOST_ROWS = 400
"""A job summary is cut off at one MiB."""


def render_plan_markdown(ensured: Ensured) -> str:
    """Verdict, what was refused, and the plan with the end of each change."""
    plan = ensured.plan
    blocks = [
        f"## Codespaces registry secrets of {code(plan.repository)}",
        f"{_STATUS[status_of(ensured)]} **{escape(plan_verdict(ensured))}**",
        *(finding_block(finding) for finding in plan.findings[:_MOST_ROWS]),
        *_changes(ensured),
        *(escape(f"Note: {note}") for note in ensured.notes),
    ]
    return "\n\n".join(blocks) + "\n"


def _changes(ensured: Ensured) -> Iterator[str]:
    changes = ensured.plan.changes
    if not changes:
        return
    rows = [
        [
            cell_code(f"{SIGNS[change.action]} {change.action}"),
            cell_code(change.name),
            escape(f"{change.store} ({change.visibility})" if change.visibility else change.store),
            escape(change.reason),
            _end(result.outcome, result.detail),
        ]
        for change, result in zip(changes[:_MOST_ROWS], ensured.results, strict=False)
    ]
    yield "### Plan" if ensured.dry_run else "### Changes"
    yield table(["Change", "Secret", "Kept in", "Why", "End"], rows)
    if len(changes) > _MOST_ROWS:
        yield f"{len(changes) - _MOST_ROWS} more in the JSON report."


def _end(outcome: Outcome, detail: str) -> str:
    if outcome is Outcome.UNCHANGED:
        return ""
    if outcome is Outcome.DONE:
        return "✅ done"
    if outcome is Outcome.PLANNED:
        return "not written"
    return f"❌ {outcome}: {escape(detail)}"
