"""The action's step with the input `organization`: one check of every repository."""

from collections.abc import Mapping
from pathlib import Path

from crreg.action.inputs import InputError, Inputs
from crreg.action.issue.step import issue_step
from crreg.action.runner import Runner
from crreg.exits import Status
from crreg.net.deadline import read_budget
from crreg.organization.database import StateError
from crreg.organization.report import OrganizationReport
from crreg.organization.run import ORGANIZATION_BUDGET, OrganizationRequest, exit_code, run
from crreg.organization.selection import Selection
from crreg.organization.state import State
from crreg.report.dashboard.files import MARKER, OURS, boards_of, dashboard_files
from crreg.report.formats import Format
from crreg.report.organization import organization_document, organization_verdict
from crreg.report.render import render_organization
from crreg.workspace.own_folder import NotOursError, replace_files
from crreg.workspace.writing import claim_inside, inside, write_inside


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
    if inputs.report_file is not None:
        # Report a path that can't be written before doing anything.
        claim_inside(inputs.workspace, inputs.report_file)
    try:
        with State.open(_state_path(inputs)) as state:
            if state.rebuilt:
                runner.warning("The state was made again", state.rebuilt)
            report = run(
                OrganizationRequest(
                    inputs.organization,
                    inputs.access,
                    inputs.values,
                    state,
                    Selection(),
                    allow_insecure=inputs.allow_insecure,
                    budget=read_budget(environment, ORGANIZATION_BUDGET),
                    conceal=runner.mask,
                )
            )
            if report.is_whole:
                shown = organization_document(runner.redactor.value(report))
                state.record(inputs.organization, report.now, runner.redactor.document(shown))
            if inputs.dashboard is not None:
                _write_page(state, inputs.dashboard, inputs, runner)
    except StateError as error:
        raise InputError(str(error)) from None
    _write_reports(report, inputs, runner)
    if inputs.issue:
        issue_step(report, inputs, environment, runner)
    return exit_code(report, inputs.values, inputs.fail_on)


def _state_path(inputs: Inputs) -> Path | None:
    """Return where the state is; raises OSError if a link would lead elsewhere."""
    if inputs.state_file is None:
        return None
    claim_inside(inputs.workspace, inputs.state_file)
    return inputs.workspace / inputs.state_file


def _write_page(state: State, folder: str, inputs: Inputs, runner: Runner) -> None:
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


def _write_reports(report: OrganizationReport, inputs: Inputs, runner: Runner) -> None:
    """Write the log, the verdict, the summary, the file and the outputs."""
    redactor = runner.redactor
    runner.text(render_organization(report, Format.TEXT, redactor, color=True, width=120))
    verdict = redactor.redact(organization_verdict(redactor.value(report)))
    if report.status is Status.UNHEALTHY:
        runner.error("Codespaces registry secrets", verdict)
    elif report.status is Status.UNKNOWN:
        runner.warning("Codespaces registry secrets", verdict)
    runner.summarize(render_organization(report, Format.MARKDOWN, redactor))
    if inputs.report_file is not None:
        text = render_organization(report, Format.JSON, redactor)
        write_inside(inputs.workspace, inputs.report_file, text)
    outputs: dict[str, object] = {
        "status": report.status,
        "errors": len(report.errors),
        "warnings": len(report.warnings),
        "missing": [],
        "report": inputs.report_file or "",
    }
    for name, value in outputs.items():
        runner.output(name, value)
