"""The action's step with `mode: ensure` and the input `organization`: one plan for all repositories."""

import os
from collections.abc import Mapping
from pathlib import Path

from crreg.action.inputs import InputError, Inputs
from crreg.action.organization import opened_state, require_token
from crreg.action.reporting import WIDTH, claim_report, is_withheld, only_plans, write_reports
from crreg.action.runner import Runner
from crreg.facts.request import Request
from crreg.facts.withheld_secrets import ENDED, ENSURE
from crreg.facts.workflow_event import read_event
from crreg.net.deadline import ORGANIZATION_BUDGET, read_budget
from crreg.organization.database import StateError
from crreg.organization.repairing import NothingAllowed, Repaired, RepairRequest, repair
from crreg.organization.reviewed import Reviewed, ReviewedError, reviewed_as
from crreg.organization.run import OrganizationRequest
from crreg.organization.selection import Selection
from crreg.report.render import render_repair
from crreg.report.repair import repair_verdict
from crreg.rules.catalog import RULE_NAMES
from crreg.workspace.confined import RefusedError, resolve
from crreg.workspace.opening import read_below

_LARGEST_PLAN = 256 << 20
"""Bytes of a plan's JSON report; that of 100,000 repositories has about 60 MiB."""


def repair_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Plan, carry the plan out if it was reviewed, and return the step's exit code.

    Raises:
        InputError: an input does not fit, or the configuration allows nothing.
        ConfigurationError: the configuration can't be used.
        BudgetError: CRREG_TIMEOUT is not a number of seconds.
        OSError: the report can't be written.
    """
    if is_withheld(request, ENSURE, runner):
        return ENDED
    require_token(inputs)
    is_dry = only_plans(inputs, read_event(environment), runner)
    reviewed = _reviewed(inputs)
    claim_report(inputs)
    try:
        with opened_state(inputs, runner) as state:
            repaired = repair(
                RepairRequest(
                    OrganizationRequest(
                        inputs.organization,
                        inputs.access,
                        inputs.values,
                        state,
                        Selection(),
                        allow_insecure=inputs.allow_insecure,
                        budget=read_budget(environment, ORGANIZATION_BUDGET),
                        say=runner.line,
                        conceal=runner.mask,
                    ),
                    request.settings(RULE_NAMES),
                    repository=inputs.repository,
                    force=inputs.force,
                    reviewed=None if is_dry else reviewed,
                    without_review=inputs.without_review and not is_dry,
                    receipts=inputs.receipts,
                )
            )
    except (StateError, NothingAllowed) as error:
        raise InputError(str(error)) from None
    _write_reports(repaired, inputs, runner)
    return repaired.exit_code(inputs.fail_on)


def _reviewed(inputs: Inputs) -> Reviewed | None:
    """Return the plan that was reviewed; None if none was. Raises InputError."""
    given = inputs.planning.plan
    try:
        return reviewed_as(given, lambda path: _read(inputs.workspace, path)) if given else None
    except ReviewedError as error:
        raise InputError(f"The input plan can't be used: {error}") from None


def _read(workspace: Path, path: str) -> bytes:
    """Read a file of the workspace; raises OSError, also if the path leads outside."""
    root = os.path.realpath(workspace)
    try:
        return read_below(root, resolve(root, path).split("/"), _LARGEST_PLAN)
    except RefusedError as error:
        raise PermissionError(str(error)) from None


def _write_reports(repaired: Repaired, inputs: Inputs, runner: Runner) -> None:
    """Write the log, the verdict, the page to review as the job summary, the file, and the outputs."""
    redactor, ensured = runner.redactor, repaired.ensured

    def annotate() -> None:
        verdict = redactor.redact(repair_verdict(redactor.value(repaired)))
        if repaired.refusal:
            runner.error("The plan was not carried out", repaired.refusal)
        elif ensured.failures or ensured.left or ensured.errors:
            runner.error("Codespaces registry secrets", verdict)
        elif repaired.unread:
            runner.warning("Codespaces registry secrets", verdict)

    write_reports(
        lambda form: render_repair(repaired, form, redactor, color=True, width=WIDTH, in_step=True),
        inputs,
        runner,
        {
            "status": repaired.status,
            "errors": len(ensured.errors) + len(ensured.failures),
            "warnings": len(ensured.warnings),
            "missing": list(ensured.missing),
            "digest": repaired.repair.digest,
            "left": repaired.left,
        },
        annotate=annotate,
    )
