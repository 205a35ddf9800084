"""The action's step with `mode: ensure`: plan, write, and tell it to every reader."""

import json
from collections.abc import Mapping

from crreg.ensure.change import Ensured, Plan
from crreg.ensure.run import Ensure, run
from crreg.exits import ExitCode
from crreg.inputs import Inputs
from crreg.redaction import secret_texts
from crreg.report.plan_render import exit_code, render_end, render_plan
from crreg.report.plan_verdict import errors_of, missing_of, status_of, warnings_of
from crreg.report.render import Format
from crreg.request import Request
from crreg.runner import Runner, withheld_secrets, write_inside
from crreg.triple import Triple


def ensure_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Run it; the return value is the step's exit code. Raises ConfigurationError, NothingToEnsure and OSError."""
    withheld = withheld_secrets(environment)
    if not request.access.given and withheld:
        runner.notice(
            "Nothing was ensured", f"{withheld} So there is nothing to write with; a run on a branch has."
        )
        return ExitCode.HEALTHY

    planned_only = inputs.dry_run
    if environment.get("GITHUB_EVENT_NAME", "").startswith("pull_request") and not inputs.dry_run:
        # The configuration is the pull request's, whose author may not be one who decides who reads a secret.
        planned_only = True
        runner.notice(
            "Planned, and nothing written",
            "In a pull request crreg shows what it would write, as with dry-run; a run on a branch writes it.",
        )

    def announce(plan: Plan) -> None:
        runner.text(render_plan(plan, color=True, width=120))

    def conceal(minted: Triple) -> None:
        runner.mask(secret_texts([minted]))

    if inputs.report_file is not None:
        # A path that can't be written is said before anything is done.
        write_inside(inputs.workspace, inputs.report_file, "")
    ensured = run(Ensure(request, inputs.level, inputs.force, planned_only, announce, conceal))
    _tell(ensured, inputs, runner)
    return exit_code(ensured, inputs.fail_on)


def _tell(ensured: Ensured, inputs: Inputs, runner: Runner) -> None:
    """Every reader's view of it: log, annotations, summary, file, outputs."""
    runner.text(render_end(ensured, Format.TEXT, color=True, width=120, with_plan=False))
    runner.commands(render_end(ensured, Format.GITHUB))
    runner.summarize(render_end(ensured, Format.MARKDOWN))
    if inputs.report_file is not None:
        text = runner.redactor.redact(render_end(ensured, Format.JSON))
        write_inside(inputs.workspace, inputs.report_file, text)
    outputs = {
        "status": status_of(ensured).value,
        "errors": str(len(errors_of(ensured)) + len(ensured.failures)),
        "warnings": str(len(warnings_of(ensured))),
        "missing": json.dumps(missing_of(ensured)),
        "report": inputs.report_file or "",
    }
    for name, value in outputs.items():
        runner.output(name, value)
