"""The action's step with `mode: ensure`: plan, write and report."""

from collections.abc import Mapping

from crreg.action.inputs import Inputs
from crreg.action.runner import Runner
from crreg.ensure.change import Ensured, Plan
from crreg.ensure.run import Ensure, run
from crreg.exits import ExitCode
from crreg.facts.request import Request
from crreg.facts.workflow_event import read_event
from crreg.report.formats import Format
from crreg.report.render import render_end, render_plan
from crreg.workspace.checkout import is_empty
from crreg.workspace.writing import claim_inside, write_inside


def ensure_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Run it and return the step's exit code.

    Raises:
        ConfigurationError: the configuration can't be used.
        NothingToEnsure: nothing names a triple.
        OSError: the report can't be written.
    """
    if request.token_withheld:
        runner.notice(
            "Nothing was ensured",
            f"{request.token_withheld} Nothing can be written without them; a run on a branch has them.",
        )
        return ExitCode.HEALTHY

    event = read_event(environment)
    planned_only = inputs.dry_run or not event.may_write
    if planned_only and not inputs.dry_run:
        runner.notice(
            "Only planned, nothing written",
            f"{event.held_back} This run shows what it would write, as with dry-run.",
        )

    if is_empty(inputs.workspace):
        # Values and inputs are enough to write secrets, so continue.
        runner.notice(
            "No checkout",
            "The workspace is empty, so crreg read no configuration, and tests no image before it writes secrets. If "
            "the repository has either, add the step `uses: actions/checkout@v7` before this one.",
        )

    def announce(plan: Plan) -> None:
        runner.text(render_plan(plan, runner.redactor, color=True, width=120))

    if inputs.report_file is not None:
        # Report a path that can't be written before doing anything.
        claim_inside(inputs.workspace, inputs.report_file)
    ensured = run(Ensure(request, inputs.level, inputs.force, planned_only, announce))
    _write_reports(ensured, inputs, runner)
    return ensured.exit_code(inputs.fail_on)


def _write_reports(ensured: Ensured, inputs: Inputs, runner: Runner) -> None:
    """Write the log, annotations, summary, file and outputs."""
    runner.text(render_end(ensured, Format.TEXT, runner.redactor, color=True, width=120, with_plan=False))
    runner.commands(render_end(ensured, Format.GITHUB, runner.redactor))
    runner.summarize(render_end(ensured, Format.MARKDOWN, runner.redactor))
    if inputs.report_file is not None:
        text = render_end(ensured, Format.JSON, runner.redactor)
        write_inside(inputs.workspace, inputs.report_file, text)
    outputs: dict[str, object] = {
        "status": ensured.status,
        "errors": len(ensured.errors) + len(ensured.failures),
        "warnings": len(ensured.warnings),
        "missing": list(ensured.missing),
        "report": inputs.report_file or "",
    }
    for name, value in outputs.items():
        runner.output(name, value)
