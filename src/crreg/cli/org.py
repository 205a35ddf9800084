"""`crreg org`: a check of organizations that is spread over several machines."""

import sys
from pathlib import Path

import click

from crreg.cli import context, github_options, options
from crreg.exits.exit_code import DONE, ExitCode, FailOn, exit_code
from crreg.exits.status import Status
from crreg.report.formats import OF_AN_ORGANIZATION, Format


@click.group()
def org() -> None:
    """Split the check of organizations into the jobs of a workflow's matrix.

    `plan` prints the jobs, each job runs `crreg check --job JSON --state FILE`, and `merge` joins
    their state files into one state and one report.
    """


@org.command(
    short_help="Print the jobs as JSON for strategy.matrix.",
    epilog=options.environment("the token that counts the repositories"),
)
@click.option(
    "--org", "organizations", multiple=True, metavar="NAME", help="An organization. It can be repeated."
)
@click.option("--enterprise", default="", metavar="SLUG", help="All organizations of an enterprise.")
@click.option(
    "--runner",
    "runners",
    multiple=True,
    metavar="LABEL=HOST,...",
    help="The label of a runner, and globs for the registries that only this runner can reach.",
)
@click.option(
    "--default-runner",
    default="ubuntu-latest",
    metavar="LABEL",
    show_default=True,
    help="The label of the runner for all other registries.",
)
@click.option(
    "--size",
    type=click.IntRange(min=1),
    default=50_000,
    show_default=True,
    help="The maximum number of repositories in one job, unless that makes more than 256 jobs.",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="The maximum number of jobs to run at once: the max-parallel of the matrix.",
)
@click.option(
    "--token-per-organization",
    is_flag=True,
    help="Each organization has a token of its own, as with a GitHub App, so only its own jobs share its limits.",
)
@options.allow_insecure
def plan(
    *,
    organizations: tuple[str, ...],
    enterprise: str,
    runners: tuple[str, ...],
    default_runner: str,
    size: int,
    at_once: int,
    token_per_organization: bool,
    allow_insecure: tuple[str, ...],
) -> ExitCode:
    """Print the jobs that check organizations, as JSON for strategy.matrix."""
    from crreg.github.access import is_login
    from crreg.github.errors import GitHubError
    from crreg.organization.job import PlanError, matrix_of, parse_runners
    from crreg.organization.matrix import Wishes
    from crreg.organization.splitting import PlanRequest, make_plan

    for name in (*organizations, *filter(None, [enterprise])):
        if not is_login(name):
            raise context.Refusal(f"{name!r} is not the name of an organization or an enterprise.")
    access = github_options.access(frozenset(allow_insecure))
    if not access.given:
        raise context.Refusal(
            "A plan needs a GitHub token that can read the repositories: set GH_TOKEN, or run gh auth login."
        )
    try:
        wishes = Wishes(
            parse_runners(runners), default_runner, size, at_once, own_tokens=token_per_organization
        )
        jobs = make_plan(
            PlanRequest(
                access,
                organizations,
                enterprise,
                wishes,
                context.budget(),
                say=context.tell,
                conceal=context.redactor().hide,
            )
        )
    except PlanError as error:
        raise context.Refusal(str(error)) from None
    except GitHubError as error:
        context.tell(f"No plan was made: {error.detail}")
        return exit_code(Status.UNKNOWN)
    click.echo(matrix_of(jobs))
    return DONE


@org.command()
@click.argument("parts", nargs=-1, type=click.Path(path_type=Path), metavar="PART...")
@click.option(
    "--plan",
    "plan_file",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    metavar="FILE",
    help="What `crreg org plan` printed; - for standard input.",
)
@click.option(
    "--state",
    "state_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The state file for the next plan's jobs. What it already remembers is kept.",
)
@options.form(OF_AN_ORGANIZATION)
@options.output
@options.fail_on
def merge(
    *,
    parts: tuple[Path, ...],
    plan_file: Path,
    state_file: Path | None,
    form: str,
    output: Path | None,
    fail_on: str,
) -> ExitCode:
    """Join the state files that the jobs of a plan left.

    If a part is missing or damaged, the report names it and the status is unknown. Parts of another
    plan are refused.
    """
    from crreg.cli.organization import opened_state
    from crreg.organization.job import PlanError, parse_plan
    from crreg.organization.merge_run import merge_files
    from crreg.report.organization import organization_document
    from crreg.report.render import render_organizations

    redactor = context.redactor()
    try:
        jobs = parse_plan(sys.stdin.read() if str(plan_file) == "-" else plan_file.read_text("utf-8"))
        with opened_state(state_file) as state:
            merged = merge_files(jobs, parts, state, context.tell, context.checkouts(Path.cwd()))
            for report in merged.reports:
                if report.is_whole:
                    shown = organization_document(redactor.value(report))
                    state.record(report.organization, report.now, redactor.document(shown))
    except PlanError as error:
        raise context.Refusal(str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise context.Refusal(f"The plan can't be read: {error}.") from None
    text = render_organizations(
        merged.reports,
        Format(form),
        redactor,
        color=context.color() and output is None,
        width=context.width(),
    )
    context.write(output, text, Path.cwd())
    return merged.exit_code(FailOn(fail_on))
