"""The container action: from inputs to annotations, job summary, outputs and exit code."""

import os
import sys
from collections.abc import Mapping

from crreg.action.ensure import ensure_step
from crreg.action.inputs import InputError, Inputs, Mode, read_inputs
from crreg.action.issue.step import issue_step
from crreg.action.reporting import WIDTH, is_withheld, write_reports
from crreg.action.runner import Runner
from crreg.check.report import Report
from crreg.check.run import run
from crreg.configuration.nodes import ConfigurationError
from crreg.ensure.run import NothingToEnsure
from crreg.exits.exit_code import CRASHED, ExitCode
from crreg.exits.signals import Interrupted, clean_up, raise_on_signals
from crreg.exits.status import Status
from crreg.exits.unexpected import describe
from crreg.facts.masked_values import secrets_of_environment
from crreg.facts.request import Request
from crreg.facts.withheld_secrets import CHECK
from crreg.facts.workflow_event import read_event
from crreg.net.deadline import BudgetError, read_budget
from crreg.net.request_log import log_form, write_to
from crreg.report.render import render
from crreg.report.request_line import request_line
from crreg.report.verdict import verdict
from crreg.rules import unreadable_secrets
from crreg.workspace.checkout import is_empty

_PUBLIC = (
    "This repository is public, so anyone can read this run's log, summary and artifacts, which name the "
    "organization's private repositories and their images. Run it in a private repository, such as .github-private, "
    "or pass public: true."
)
_NO_CHECKOUT = "The workspace is empty. Add the step `uses: actions/checkout@v7` before this one."


def main() -> int:
    """Run the step and return its exit code."""
    runner = Runner.of(os.environ, sys.stdout)
    raise_on_signals()
    try:
        return step(os.environ, runner)
    except Interrupted as end:
        clean_up()
        runner.error("crreg was interrupted", "The job was canceled before crreg finished.")
        return end.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback would show the values in errors' texts
        runner.error("crreg failed", describe(error))
        return CRASHED
    finally:
        clean_up()


def step(environment: Mapping[str, str], runner: Runner) -> int:
    """Mask the secrets, read the inputs, run the job, and report."""
    runner.mask(secrets_of_environment(environment))
    form = log_form(environment)
    if form is not None:
        write_to(lambda sent: runner.line(request_line(sent, form, runner.redactor)))
    try:
        inputs = read_inputs(environment)
        runner.mask(secrets_of_environment(inputs.values))
        request = _request(inputs, environment, runner)
        if inputs.publish or inputs.organization or inputs.job or inputs.mode is not Mode.CHECK:
            return _other_step(request, inputs, environment, runner)
        if is_empty(inputs.workspace):
            runner.error("crreg can't start", _NO_CHECKOUT)
            return ExitCode.WRONG_USAGE
        report = run(request)
        write_reports(
            lambda form: render(report, form, runner.redactor, color=True, width=WIDTH),
            inputs,
            runner,
            {
                "status": report.status,
                "errors": len(report.errors),
                "warnings": len(report.warnings),
                "missing": list(report.missing),
            },
            has_sarif=True,
        )
        if inputs.issue:
            issue_step(report, inputs, environment, runner)
    except (InputError, ConfigurationError, BudgetError, NothingToEnsure) as error:
        runner.error("crreg can't start", str(error))
        return ExitCode.WRONG_USAGE
    except OSError as error:
        runner.error(
            "crreg can't write its report", f"{error.strerror or error}: see report-file and sarif-file."
        )
        return ExitCode.WRONG_USAGE
    return _end(report, inputs, request, runner)


def _other_step(request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Run another job than the check of a repository."""
    # Imported here, since most steps publish nothing, and check one repository.
    if inputs.publish:
        from crreg.action.publish import publish_step

        return publish_step(request, inputs, environment, runner)
    is_of_one = inputs.mode is Mode.ENSURE and not inputs.organization
    if not (is_of_one or inputs.public or request.token_withheld) and read_event(environment).is_public:
        raise InputError(_PUBLIC)
    if inputs.mode in (Mode.PLAN, Mode.MERGE):
        from crreg.action.matrix import merge_step, plan_step

        step_of = plan_step if inputs.mode is Mode.PLAN else merge_step
        return step_of(inputs, environment, runner)
    if inputs.organization and inputs.mode is Mode.ENSURE:
        from crreg.action.repair import repair_step

        return repair_step(request, inputs, environment, runner)
    if inputs.organization or inputs.job:
        from crreg.action.organization import organization_step

        return organization_step(request, inputs, environment, runner)
    return ensure_step(request, inputs, environment, runner)


def _request(inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> Request:
    return Request(
        repository=inputs.repository,
        workspace=inputs.workspace,
        access=inputs.access,
        values=inputs.values,
        configuration=inputs.configuration,
        registries=inputs.registries,
        allow_insecure=inputs.allow_insecure,
        budget=read_budget(environment),
        conceal=runner.mask,
        withheld=read_event(environment).withheld_secrets,
        receipts=inputs.receipts,
    )


def _end(report: Report, inputs: Inputs, request: Request, runner: Runner) -> int:
    """Return the exit code, after annotating what could not be checked."""
    code = report.exit_code(inputs.fail_on)
    if inputs.access.given:
        if code and not report.errors and report.status is Status.UNKNOWN:
            # Nothing else says in red why the step fails: its findings are warnings.
            runner.error("Not everything was proven", verdict(report))
        return code
    if is_withheld(request, CHECK, runner):
        return code
    if not code and any(finding.rule == unreadable_secrets.RULE.id for finding in report.findings):
        # The finding says so already.
        return code
    say = runner.error if code else runner.notice
    say(
        "No token",
        "crreg was given no GitHub token, so it did not check the Codespaces secrets. Give it a personal access token "
        "(input `token`) or a GitHub App (inputs `app-id` and `app-private-key`), from a secret that is set and "
        "available to this workflow; the workflow's GITHUB_TOKEN can't read Codespaces secrets.",
    )
    return code
