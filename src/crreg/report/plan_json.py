"""A plan and its end as JSON, by version 1 of its public schema."""

from typing import Any

from crreg.ensure.change import Change, Ensured, Result
from crreg.redaction.redact import Word
from crreg.report.json import SCHEMA_VERSION, finding_json
from crreg.report.plan_verdict import status_of


def plan_document(ensured: Ensured) -> dict[str, Any]:
    """The whole plan, each change with its end."""
    plan = ensured.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "repository": plan.repository,
        "dry_run": ensured.dry_run,
        "status": status_of(ensured),
        "changes": [
            _change(change, result) for change, result in zip(plan.changes, ensured.results, strict=True)
        ],
        "findings": [finding_json(finding) for finding in plan.findings],
        "notes": list(ensured.notes),
    }


def _change(change: Change, result: Result) -> dict[str, Any]:
    return {
        "action": change.action,
        "triple": change.triple,
        "part": change.part,
        "name": change.name,
        "level": change.level,
        "store": change.store,
        "visibility": change.visibility and Word(change.visibility),
        "repositories": list(change.repositories),
        "reason": change.reason,
        "outcome": result.outcome,
        "detail": result.detail,
    }
