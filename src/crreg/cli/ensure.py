"""The command `crreg ensure`."""

from pathlib import Path

import click

from crreg.cli import context, github_options, options
from crreg.cli.job import Job
from crreg.cli.organization import SECTION, or_organization
from crreg.cli.organization_repair import OPTIONS, repair_organization
from crreg.configuration.nodes import ConfigurationError
from crreg.ensure.change import Ensured, Plan
from crreg.ensure.run import Ensure, NothingToEnsure, run
from crreg.exits.exit_code import ExitCode, FailOn
from crreg.github.levels import Level
from crreg.report.formats import OF_A_CHANGE, Format
from crreg.report.render import render_end, render_plan

_SECTIONS = {
    "What to write": ("repository", "path", "config", "level", "force", "dry_run", "allow_insecure"),
    "A whole organization": (*SECTION, *(name for name, _ in OPTIONS)),
    "Report": ("form", "output", "fail_on", "verbose"),
}


@click.command(
    cls=options.SectionedCommand,
    sections=_SECTIONS,
    epilog=options.environment("the token that lists and writes the secrets", org=True),
)
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.verbose
@click.option("--dry-run", is_flag=True, help="Print the plan, but write nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Write every available value, even if it is up to date or its login fails.",
)
@click.option(
    "--level",
    type=options.Words(("repository", "organization", "user")),
    help="Where to store the secrets.  [default: as configured, else where they are, else repository]",
)
@options.form(OF_A_CHANGE)
@options.output
@options.fail_on
@or_organization(
    repair_organization, "Repair the secrets of an organization, for all its repositories.", OPTIONS
)
def ensure(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    dry_run: bool,
    force: bool,
    level: str | None,
    form: str,
    output: Path | None,
    fail_on: str,
) -> ExitCode:
    """Create, update and assign the secrets that codespaces need.

    Writes the triples that the configuration names, else those in the environment, as Codespaces secrets, if they
    are missing, out of date, or not yet assigned to this repository. A triple whose login fails is left as it is.

    With --org, gives repositories access to the organization's secrets where they need it and the configuration
    allows it. That only plans, unless --plan names the plan that was reviewed, or --yes is given.
    """
    job = Job.begin(path, allow_insecure)
    github_options.tell_source(job.access)
    view = _View(Format(form), job, to_file=output is not None)
    is_dry = job.is_dry("Only planned, nothing written", dry_run=dry_run)
    context.claim(output, path)
    try:
        ensured = run(
            Ensure(
                job.request(repository, config),
                level=Level(level) if level else None,
                force=force,
                dry_run=is_dry,
                announce=view.announce,
            )
        )
    except (NothingToEnsure, ConfigurationError) as error:
        raise context.Refusal(str(error)) from None
    finally:
        job.progress.done()
    context.write(output, view.end(ensured), path)
    return ensured.exit_code(FailOn(fail_on))


class _View:
    """Shows the plan before it is carried out, then its end; in a file or another format both at the end."""

    def __init__(self, form: Format, job: Job, *, to_file: bool) -> None:
        self._form = form
        self._job = job
        self._in_steps = form.is_for_a_reader and not to_file
        self._color, self._width = context.color() and not to_file, context.width()

    def announce(self, plan: Plan) -> None:
        """Show the plan, if it is shown before it is carried out."""
        self._job.progress.done()
        if self._in_steps:
            text = render_plan(plan, self._job.redactor, color=self._color, width=self._width)
            click.echo(text, nl=False)

    def end(self, ensured: Ensured) -> str:
        """Return what became of the plan."""
        return render_end(
            ensured,
            self._form,
            self._job.redactor,
            color=self._color,
            width=self._width,
            with_plan=not self._in_steps,
        )
