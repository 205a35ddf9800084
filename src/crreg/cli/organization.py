"""`--org`: what a command does for every repository of an organization, and its filters."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from crreg.cli import context, github_options
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.facts.workflow_event import read_event_of_command
from crreg.github.access import is_login
from crreg.report.formats import OF_AN_ORGANIZATION, Format
from crreg.workspace.writing import claim_file

if TYPE_CHECKING:
    from crreg.organization.job import Job
    from crreg.organization.run import OrganizationRequest
    from crreg.organization.selection import Selection
    from crreg.organization.state import State

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--state",
        "state_file",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="A file that remembers files, lists and verdicts for the next run.",
    ),
    click.option(
        "--repositories",
        multiple=True,
        metavar="GLOB",
        help="Only repositories with matching names.",
    ),
    click.option("--exclude", multiple=True, metavar="GLOB", help="No repositories with matching names."),
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
        help="Only repositories pushed to since then: a date, or an age such as 7d.",
    ),
    click.option(
        "--branch",
        "branches",
        multiple=True,
        metavar="NAME",
        help="Also read this branch where it exists, besides the default one.",
    ),
)
JOB = (
    "job_text",
    click.option(
        "--job",
        "job_text",
        metavar="JSON",
        help="Check the part of one job of `crreg org plan`, and leave it in --state for `crreg org merge`.",
    ),
)
"""The option that replaces `--org` in a job of a matrix, with its parameter's name."""
_OWN = ("state_file", "repositories", "exclude", "topics", "properties", "changed_since", "branches")
SECTION = ("org", *_OWN)
"""The parameters of the section about organizations, in a command's help."""


@dataclass(frozen=True)
class OfOrganization:
    """What `--org` is about."""

    name: str
    selection: "Selection"
    state_file: Path | None
    job: "Job | None" = None
    """Which job of a plan this is; None for the whole organization."""


Instead = Callable[[OfOrganization, dict[str, Any]], ExitCode]
"""Does a command's job for an organization, with the command's other options."""


def or_organization(
    instead: Instead, summary: str, extra: Sequence[tuple[str, Callable[[Any], Any]]] = ()
) -> Callable[[Command], Command]:
    """Let a command do something else for an organization if `--org` is given.

    Args:
        instead: what it does then.
        summary: the help of `--org`.
        extra: the names and decorators of options that only `instead` gets.
    """

    def decorated(command: Command) -> Command:
        @functools.wraps(command)
        def either(*, org: str | None, **given: Any) -> ExitCode:
            own = {name: given.pop(name) for name in _OWN}
            more = {name: given.pop(name) for name, _ in extra}
            job_text = more.pop(JOB[0], None)
            job = _job_of(job_text, own) if job_text is not None else None
            org = org if job is None else job.organization
            if org is None:
                for name, value in (own | more).items():
                    if value:
                        raise click.UsageError(f"{_option(name)} needs --org NAME.")
                code: ExitCode = command(**given)
                return code
            if given.pop("targets", ()):
                raise click.UsageError(
                    "--org can't be combined with targets. To choose some of its repositories, use --repositories."
                )
            if not is_login(org):
                raise context.Refusal(f"{org!r} is not the name of an organization.")
            state_file = own.pop("state_file")
            return instead(OfOrganization(org, _selection_of(**own), state_file, job), given | more)

        options = (click.option("--org", metavar="NAME", help=summary), *(option for _, option in extra))
        for option in reversed((*options, *_OPTIONS)):
            either = option(either)
        return cast("Command", either)

    return decorated


def _option(name: str) -> str:
    """Return the option of the running command whose parameter has that name."""
    parameters = click.get_current_context().command.params
    return next(parameter.opts[0] for parameter in parameters if parameter.name == name)


def check_organization(target: OfOrganization, given: dict[str, Any]) -> ExitCode:
    """Check every selected repository, write the report, and remember the run."""
    from crreg.organization.part import Part
    from crreg.organization.run import run
    from crreg.report.organization import organization_document
    from crreg.report.render import render_organization

    form = Format(given["form"])
    output: Path | None = given["output"]
    if form not in OF_AN_ORGANIZATION:
        choices = ", ".join(OF_AN_ORGANIZATION)
        raise click.UsageError(
            f"The report about an organization has no format {form}: choose one of {choices}."
        )
    redactor = context.redactor()
    job = target.job
    with opened_state(target.state_file) as state:
        if job is not None:
            # The part of an earlier run must not be taken for the one that this run may fail to leave.
            state.keep_part(None)
        with requested(target, state, frozenset(given["allow_insecure"])) as request:
            report = run(request)
        if job is not None:
            part = Part.of(job, redactor.value(report), tried=request.tries)
            state.keep_part(part.to_json())
        elif target.selection.is_everything and report.is_whole:
            shown = organization_document(redactor.value(report))
            state.record(target.name, report.now, redactor.document(shown))
        text = render_organization(
            report, form, redactor, color=context.color() and output is None, width=context.width()
        )
    context.write(output, text, Path.cwd())
    return report.exit_code(
        FailOn(given["fail_on"]),
        tried=request.tries,
        withheld=bool(request.withheld),
        judged_later=job is not None,
    )


@contextlib.contextmanager
def opened_state(path: Path | None) -> "Iterator[State]":
    """Open the state file, and say if it was made again; raises Refusal.

    Follow no links inside a checkout, since they may be a stranger's.
    """
    from crreg.organization.database import StateError
    from crreg.organization.state import State

    try:
        if path is not None:
            claim_file(path, context.checkouts(Path.cwd()))
    except OSError as error:
        raise context.Refusal(f"The state file {path} can't be used: {error.strerror or error}.") from None
    try:
        with State.open(path) as state:
            if state.rebuilt:
                context.tell(state.rebuilt)
            yield state
    except StateError as error:
        raise context.Refusal(str(error)) from None


@contextlib.contextmanager
def requested(
    target: OfOrganization, state: "State", allow_insecure: frozenset[str]
) -> "Iterator[OrganizationRequest]":
    """Make the request for a run, whose progress is shown until the end of the block; raises Refusal."""
    from crreg.cli.progress import Progress
    from crreg.net.deadline import ORGANIZATION_BUDGET
    from crreg.organization.run import OrganizationRequest

    access = github_options.access(allow_insecure)
    if not access.given:
        raise context.Refusal(
            "An organization's repositories can't be read without a GitHub token: set GH_TOKEN, or run gh auth login."
        )
    progress = Progress()
    try:
        yield OrganizationRequest(
            target.name,
            access,
            os.environ,
            state,
            target.selection,
            allow_insecure=allow_insecure,
            budget=context.budget(ORGANIZATION_BUDGET),
            job=target.job,
            withheld=read_event_of_command(os.environ).withheld_secrets,
            say=progress.say,
            conceal=context.redactor().hide,
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
