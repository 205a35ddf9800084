"""The action's step with the input `organization`: one check of every repository."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from crreg.action.inputs import InputError, Inputs
from crreg.action.issue.step import issue_step, repository_issues_step
from crreg.action.runner import Runner
from crreg.exits import ExitCode, Status, worst_status
from crreg.net.deadline import ORGANIZATION_BUDGET, Deadline, read_budget
from crreg.organization.database import StateError
from crreg.organization.job import Job, PlanError, parse_job
from crreg.organization.part import Part
from crreg.organization.report import OrganizationReport
from crreg.organization.run import OrganizationRequest, exit_code, run
from crreg.organization.selection import Selection
from crreg.organization.state import State
from crreg.report.dashboard.files import MARKER, OURS, boards_of, dashboard_files
from crreg.report.formats import Format
from crreg.report.organization import organization_document, organization_verdict
from crreg.report.render import render_organizations
from crreg.triple import find_triples
from crreg.workspace.confined import inside
from crreg.workspace.own_folder import NotOursError, replace_files
from crreg.workspace.writing import claim_inside, write_inside


def organization_step(inputs: Inputs, environment: Mapping[str, str], runner: Runner) -> int:
    """Check the organization, write the reports, and remember the run.

    Raises:
        InputError: an input does not fit.
        BudgetError: CRREG_TIMEOUT is not a number of seconds.
        OSError: a report or the state can't be written.
    """
    if not inputs.access.given:
        raise InputError(
            "The input organization needs a token that can read the organization's repositories: pass token, or app-id "
            "and app-private-key."
        )
    budget = read_budget(environment, ORGANIZATION_BUDGET)
    deadline = Deadline.after(budget)
    job = _job(inputs)
    organization = inputs.organization if job is None else job.organization
    if inputs.report_file is not None:
        # Report a path that can't be written before doing anything.
        claim_inside(inputs.workspace, inputs.report_file)
    try:
        with State.open(state_path(inputs)) as state:
            if state.rebuilt:
                runner.warning("The state was made again", state.rebuilt)
            if job is not None:
                # The part of an earlier run must not be taken for the one that this run may fail to leave.
                state.keep_part(None)
            report = run(
                OrganizationRequest(
                    organization,
                    inputs.access,
                    inputs.values,
                    state,
                    Selection(),
                    allow_insecure=inputs.allow_insecure,
                    budget=budget,
                    job=job,
                    conceal=runner.mask,
                )
            )
            _remember(report, job, state, inputs, runner)
            write_reports([report], inputs, runner)
            if job is not None:
                # The merge judges what the jobs found.
                return ExitCode.HEALTHY
            keep_issues(report, inputs, environment, runner, state=state, deadline=deadline)
    except StateError as error:
        raise InputError(str(error)) from None
    return exit_code(report, inputs.values, inputs.fail_on)


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


def _remember(
    report: OrganizationReport, job: Job | None, state: State, inputs: Inputs, runner: Runner
) -> None:
    """Leave the job's part for the merge; without a job, add the report to the history and write the page."""
    if job is not None:
        part = Part.of(job, runner.redactor.value(report), tried=bool(find_triples(inputs.values)))
        state.keep_part(part.to_json())
        return
    if report.is_whole:
        record(report, state, runner)
    if inputs.dashboard is not None:
        write_page(state, inputs.dashboard, inputs, runner)


def record(report: OrganizationReport, state: State, runner: Runner) -> None:
    """Add a report to the history."""
    shown = organization_document(runner.redactor.value(report))
    state.record(report.organization, report.now, runner.redactor.document(shown))


def state_path(inputs: Inputs) -> Path | None:
    """Return where the state is; raises OSError if a link would lead elsewhere."""
    if inputs.state_file is None:
        return None
    claim_inside(inputs.workspace, inputs.state_file)
    return inputs.workspace / inputs.state_file


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


def write_reports(reports: Sequence[OrganizationReport], inputs: Inputs, runner: Runner) -> None:
    """Write the log, the verdicts, the summary, the file and the outputs; there is one report at least."""
    redactor = runner.redactor
    runner.text(render_organizations(reports, Format.TEXT, redactor, color=True, width=120))
    title = "Codespaces registry secrets"
    for report in reports:
        verdict = redactor.redact(organization_verdict(redactor.value(report)))
        named = f"{title} of {report.organization}" if len(reports) > 1 else title
        if report.status is Status.UNHEALTHY:
            runner.error(named, verdict)
        elif report.status is Status.UNKNOWN:
            runner.warning(named, verdict)
    runner.summarize(render_organizations(reports, Format.MARKDOWN, redactor))
    if inputs.report_file is not None:
        text = render_organizations(reports, Format.JSON, redactor)
        write_inside(inputs.workspace, inputs.report_file, text)
    outputs: dict[str, object] = {
        "status": worst_status(report.status for report in reports),
        "errors": sum(len(report.errors) for report in reports),
        "warnings": sum(len(report.warnings) for report in reports),
        "missing": [],
        "report": inputs.report_file or "",
    }
    for name, value in outputs.items():
        runner.output(name, value)
