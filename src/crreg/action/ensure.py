"""The action's step with `mode: ensure`: plan, write and report."""

from collections.abc import Mapping

from crreg.action.inputs import Inputs
from crreg.action.reporting import WIDTH, claim_report, is_withheld, only_plans, write_reports
from crreg.action.runner import Runner
from crreg.ensure.change import Plan
from crreg.ensure.run import Ensure, run
from crreg.facts.request import Request
from crreg.facts.withheld_secrets import ENDED, ENSURE
from crreg.facts.workflow_event import read_event
from crreg.report.render import render_end, render_plan
from crreg.workspace.checkout import is_empty


def ensure_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Run it and return the step's exit code.

    Raises:
        ConfigurationError: the configuration can't be used.
        NothingToEnsure: nothing names a triple.
        OSError: the report can't be written.
    """
    if is_withheld(request, ENSURE, runner):
        return ENDED

    planned_only = only_plans(inputs, read_event(environment), runner)
    if is_empty(inputs.workspace):
        # Values and inputs are enough to write secrets, so continue.
        runner.notice(
            "No checkout",
            "The workspace is empty, so crreg read no configuration, and tests no image before it writes secrets. If "
            "the repository has either, add the step `uses: actions/checkout@v7` before this one.",
        )

    def announce(plan: Plan) -> None:
        runner.text(render_plan(plan, runner.redactor, color=True, width=WIDTH))

    claim_report(inputs)
    ensured = run(Ensure(request, inputs.level, inputs.force, planned_only, announce))
    write_reports(
        lambda form: render_end(ensured, form, runner.redactor, color=True, width=WIDTH, with_plan=False),
        inputs,
        runner,
        {
            "status": ensured.status,
            "errors": len(ensured.errors) + len(ensured.failures),
            "warnings": len(ensured.warnings),
            "missing": list(ensured.missing),
        },
    )
    return ensured.exit_code(inputs.fail_on)
