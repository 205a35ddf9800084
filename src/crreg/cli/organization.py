"""`crreg check --org`: one check of every repository of an organization."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from crreg.cli import context
from crreg.exits import ExitCode, FailOn
from crreg.github.access import is_login
from crreg.report.formats import OF_AN_ORGANIZATION, Format
from crreg.triple import find_triples

if TYPE_CHECKING:
    from crreg.organization.job import Job
    from crreg.organization.report import OrganizationReport
    from crreg.organization.selection import Selection
    from crreg.organization.state import State

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--org", metavar="NAME", help="Check every repository of an organization, without a checkout."
    ),
    click.option(
        "--state",
        "state_file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Remember files, lists and verdicts for the next run.",
    ),
    click.option(
        "--job",
        "job_text",
        metavar="JSON",
        help="Check what a job of `crreg org plan` is to check, and leave its part in --state for `crreg org merge`.",
    ),
    click.option(
        "--repositories",
        multiple=True,
        metavar="GLOB",
        help="Only repositories whose name matches.",
    ),
    click.option("--exclude", multiple=True, metavar="GLOB", help="No repositories whose name matches."),
    click.option(
        "--topic",
        "topics",
        multiple=True,
        metavar="NAME",
        help="Only repositories with this topic.",
    ),
    click.option(
        "--property",
        "properties",
        multiple=True,
        metavar="NAME=VALUE",
        help="Only repositories with this custom property.",
    ),
    click.option(
        "--changed-since",
        metavar="DATE",
        help="Only repositories with a push since then; a date, or an age such as 7d.",
    ),
    click.option(
        "--branch",
        "branches",
        multiple=True,
        metavar="NAME",
        help="Also read this branch where it exists, besides the default one.",
    ),
)
_OWN = ("state_file", "repositories", "exclude", "topics", "properties", "changed_since", "branches")
SECTION = ("org", *_OWN)
"""The parameters of the section about organizations, in a command's help."""


def or_organization(command: Command) -> Command:
    """Let a command check an organization instead if `--org` is given."""

    @functools.wraps(command)
    def either(*, org: str | None, job_text: str | None, **given: Any) -> ExitCode:
        own = {name: given.pop(name) for name in _OWN}
        job = _job_of(job_text, own) if job_text is not None else None
        org = org if job is None else job.organization
        if org is None:
            needless = [name for name, value in own.items() if value]
            if needless:
                raise click.UsageError("The options for an organization need --org NAME.")
            code: ExitCode = command(**given)
            return code
        if given["targets"]:
            raise click.UsageError("--org can't be combined with targets: use --repositories to choose some.")
        state_file = own.pop("state_file")
        return _check_organization(
            org,
            _selection_of(**own),
            job=job,
            state_file=state_file,
            allow_insecure=frozenset(given["allow_insecure"]),
            form=Format(given["form"]),
            output=given["output"],
            fail_on=FailOn(given["fail_on"]),
        )

    for option in reversed(_OPTIONS):
        either = option(either)
    return cast("Command", either)


def _check_organization(
    organization: str,
    selection: "Selection",
    *,
    job: "Job | None",
    state_file: Path | None,
    allow_insecure: frozenset[str],
    form: Format,
    output: Path | None,
    fail_on: FailOn,
) -> ExitCode:
    """Check every selected repository, write the report, and remember the run."""
    from crreg.organization.database import StateError
    from crreg.organization.part import Part
    from crreg.organization.run import exit_code
    from crreg.organization.state import State
    from crreg.report.organization import organization_document
    from crreg.report.render import render_organization

    if not is_login(organization):
        raise context.Refusal(f"{organization!r} is not the name of an organization.")
    if form not in OF_AN_ORGANIZATION:
        choices = ", ".join(OF_AN_ORGANIZATION)
        raise click.UsageError(
            f"The report about an organization has no format {form}: choose one of {choices}."
        )
    redactor = context.redactor()
    try:
        with State.open(state_file) as state:
            if state.rebuilt:
                context.tell(state.rebuilt)
            if job is not None:
                # The part of an earlier run must not be taken for the one that this run may fail to leave.
                state.keep_part(None)
            report = _run(organization, selection, state, allow_insecure, job)
            if job is not None:
                part = Part.of(job, redactor.value(report), tried=bool(find_triples(os.environ)))
                state.keep_part(part.to_json())
            elif selection.is_everything and report.is_whole:
                shown = organization_document(redactor.value(report))
                state.record(organization, report.now, redactor.document(shown))
            text = render_organization(
                report, form, redactor, color=context.color() and output is None, width=context.width()
            )
    except StateError as error:
        raise context.Refusal(str(error)) from None
    if output is None:
        click.echo(text, nl=False)
    else:
        context.write(output, text, Path.cwd())
    # The merge judges what the jobs found.
    return ExitCode.HEALTHY if job is not None else exit_code(report, os.environ, fail_on)


def _run(
    organization: str,
    selection: "Selection",
    state: "State",
    allow_insecure: frozenset[str],
    job: "Job | None",
) -> "OrganizationReport":
    from crreg.cli.progress import Progress
    from crreg.organization.run import ORGANIZATION_BUDGET, OrganizationRequest, run

    access = context.access(allow_insecure)
    if not access.given:
        raise context.Refusal(
            "A check of an organization needs a GitHub token that can read its repositories: set GH_TOKEN, or run "
            "gh auth login."
        )
    redactor = context.redactor()
    progress = Progress()
    try:
        return run(
            OrganizationRequest(
                organization,
                access,
                os.environ,
                state,
                selection,
                allow_insecure=allow_insecure,
                budget=context.budget(ORGANIZATION_BUDGET),
                job=job,
                say=progress.say,
                conceal=redactor.hide,
            )
        )
    finally:
        progress.done()


def _job_of(text: str, own: Mapping[str, Any]) -> "Job":
    """Read the job of a plan; raises Refusal."""
    from crreg.organization.job import PlanError, parse_job

    if own["state_file"] is None:
        raise click.UsageError("--job needs --state FILE, in which the job leaves its part.")
    if any(value for name, value in own.items() if name != "state_file"):
        raise click.UsageError("--job has no filters: the plan's jobs check everything together.")
    try:
        return parse_job(text)
    except PlanError as error:
        raise context.Refusal(str(error)) from None


def _selection_of(
    *,
    repositories: Sequence[str],
    exclude: Sequence[str],
    topics: Sequence[str],
    properties: Sequence[str],
    changed_since: str | None,
    branches: Sequence[str],
) -> "Selection":
    """Make the selection of the options; raises Refusal."""
    from crreg.organization.selection import Selection, SelectionError, parse_properties

    try:
        return Selection(
            tuple(repositories),
            tuple(exclude),
            tuple(topics),
            parse_properties(properties),
            _since(changed_since) if changed_since is not None else None,
            tuple(branches),
        )
    except SelectionError as error:
        raise context.Refusal(str(error)) from None


def _since(text: str) -> datetime:
    """Parse a date, a timestamp, or an age in days (`7d`); raises Refusal."""
    try:
        if text.endswith("d"):
            return datetime.now(UTC) - timedelta(days=int(text[:-1]))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise context.Refusal(
            f"--changed-since is {text!r}, but must be a date such as 2026-11-01, or an age such as 7d."
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
