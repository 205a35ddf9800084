"""The action's step with the input `organization`: one check of every repository."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from crreg.action.inputs import InputError, Inputs
from crreg.action.issue.step import issue_step, repository_issues_step
from crreg.action.reporting import WIDTH, claim_report, is_withheld, write_reports
from crreg.action.runner import Runner
from crreg.exits.status import Status, worst_status
from crreg.facts.request import Request
from crreg.facts.withheld_secrets import CHECK_ORGANIZATION, ENDED
from crreg.net.deadline import ORGANIZATION_BUDGET, Deadline, read_budget
from crreg.organization.database import StateError
from crreg.organization.job import Job, PlanError, parse_job
from crreg.organization.part import Part
from crreg.organization.report import OrganizationReport
from crreg.organization.run import OrganizationRequest, run
from crreg.organization.selection import Selection
from crreg.organization.state import State
from crreg.report.dashboard.files import MARKER, OURS, boards_of, dashboard_files
from crreg.report.organization import organization_document, organization_verdict
from crreg.report.render import render_organizations
from crreg.workspace.confined import inside
from crreg.workspace.own_folder import NotOursError, replace_files
from crreg.workspace.writing import claim_inside


def organization_step(
    request: Request, inputs: Inputs, environment: Mapping[str, str], runner: Runner
) -> int:
    """Check the organization, write the reports, and remember the run.

    Raises:
        InputError: an input does not fit.
        BudgetError: CRREG_TIMEOUT is not a number of seconds.
        OSError: a report or the state can't be written.
    """
    if is_withheld(request, CHECK_ORGANIZATION, runner):
        return ENDED
    require_token(inputs)
    budget = read_budget(environment, ORGANIZATION_BUDGET)
    deadline = Deadline.after(budget)
    job = _job(inputs)
    organization = inputs.organization if job is None else job.organization
    claim_report(inputs)
    try:
        with opened_state(inputs, runner) as state:
            if job is not None:
                # The part of an earlier run must not be taken for the one that this run may fail to leave.
                state.keep_part(None)
            order = OrganizationRequest(
                organization,
                inputs.access,
                inputs.values,
                state,
                Selection(),
                allow_insecure=inputs.allow_insecure,
                budget=budget,
                job=job,
                withheld=request.withheld,
                conceal=runner.mask,
            )
            report = run(order)
            _remember(report, order, inputs, runner)
            write_organizations([report], inputs, runner)
            if job is None:
                keep_issues(report, inputs, environment, runner, state=state, deadline=deadline)
    except StateError as error:
        raise InputError(str(error)) from None
    return report.exit_code(
        inputs.fail_on, tried=order.tries, withheld=bool(order.withheld), judged_later=job is not None
    )


def keep_issues(
    report: OrganizationReport,
    inputs: Inputs,
    environment: Mapping[str, str],
    runner: Runner,
    *,
    state: State,
    deadline: Deadline,
) -> None:
    """Update the tracking issues that the step was asked to keep; `deadline` is the end of the run."""
    if inputs.issue:
        issue_step(report, inputs, environment, runner)
    if inputs.issues_per_repository:
        repository_issues_step(report, inputs, environment, runner, memory=state, deadline=deadline)


def _job(inputs: Inputs) -> Job | None:
    """Return the job of a plan that the step is; raises InputError."""
    if not inputs.job:
        return None
    if inputs.state_file is None:
        raise InputError("The input job needs state-file, in which the job leaves its part.")
    try:
        return parse_job(inputs.job)
    except PlanError as error:
        raise InputError(str(error)) from None


def _remember(report: OrganizationReport, order: OrganizationRequest, inputs: Inputs, runner: Runner) -> None:
    """Leave the job's part for the merge; without a job, add the report to the history and write the page."""
    if order.job is not None:
        part = Part.of(order.job, runner.redactor.value(report), tried=order.tries)
        order.state.keep_part(part.to_json())
        return
    if report.is_whole:
        record(report, order.state, runner)
    if inputs.dashboard is not None:
        write_page(order.state, inputs.dashboard, inputs, runner)


def record(report: OrganizationReport, state: State, runner: Runner) -> None:
    """Add a report to the history."""
    shown = organization_document(runner.redactor.value(report))
    state.record(report.organization, report.now, runner.redactor.document(shown))


def require_token(inputs: Inputs) -> None:
    """Raise InputError if nothing can list the organization's repositories."""
    if not inputs.access.given:
        raise InputError(
            "The input organization needs a token that can read the organization's repositories: pass token, or app-id "
            "and app-private-key."
        )


def opened_state(inputs: Inputs, runner: Runner) -> State:
    """Open the state file, and warn if it was damaged; raises StateError, and OSError if a link leads elsewhere."""
    path = None
    if inputs.state_file is not None:
        claim_inside(inputs.workspace, inputs.state_file)
        path = inputs.workspace / inputs.state_file
    state = State.open(path)
    if state.rebuilt:
        runner.warning("The state was made again", state.rebuilt)
    return state


def write_page(state: State, folder: str, inputs: Inputs, runner: Runner) -> None:
    """Write the page about the organization; raises InputError if the folder holds files of others."""
    boards = boards_of(state)
    if not boards:
        runner.warning(
            "No page was written", "The state has no report yet, because not every repository was listed."
        )
        return
    files = dashboard_files(boards, runner.redactor)
    try:
        replace_files(Path(inside(inputs.workspace, folder)), MARKER, OURS, files, [inputs.workspace])
    except NotOursError as error:
        raise InputError(
            f"The input dashboard is {folder!r}: {error} Choose a new or empty folder."
        ) from None


def write_organizations(reports: Sequence[OrganizationReport], inputs: Inputs, runner: Runner) -> None:
    """Write everything about one or more reports; raises OSError."""
    write_reports(
        lambda form: render_organizations(reports, form, runner.redactor, color=True, width=WIDTH),
        inputs,
        runner,
        {
            "status": worst_status(report.status for report in reports),
            "errors": sum(len(report.errors) for report in reports),
            "warnings": sum(len(report.warnings) for report in reports),
            "missing": [],
        },
        annotate=lambda: _annotate(reports, runner),
    )


def _annotate(reports: Sequence[OrganizationReport], runner: Runner) -> None:
    """Annotate the step with each verdict that is not healthy."""
    title = "Codespaces registry secrets"
    for report in reports:
        verdict = runner.redactor.redact(organization_verdict(runner.redactor.value(report)))
        named = f"{title} of {report.organization}" if len(reports) > 1 else title
        if report.status is Status.UNHEALTHY:
            runner.error(named, verdict)
        elif report.status is Status.UNKNOWN:
            runner.warning(named, verdict)
