"""The command `crreg ensure`."""

import os
from pathlib import Path

import click

from crreg.cli import context, options
from crreg.cli.progress import Progress
from crreg.configuration.nodes import ConfigurationError
from crreg.ensure.change import Plan
from crreg.ensure.run import Ensure, NothingToEnsure, run
from crreg.exits import ExitCode, FailOn
from crreg.facts.request import Request
from crreg.facts.workflow_event import read_event_of_command
from crreg.github.inventory import Level
from crreg.redaction.redact import secret_texts
from crreg.report.formats import OF_A_CHANGE, Format
from crreg.report.render import render_end, render_plan


@click.command(epilog=options.environment("lists the secrets, and writes them"))
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
    """
    insecure = frozenset(allow_insecure)
    access = context.access(insecure)
    context.tell_source(access)
    progress = Progress()
    redactor = context.redactor()
    color, width = context.color() and output is None, context.width()
    in_steps = form == "text" and output is None

    def announce(plan: Plan) -> None:
        progress.done()
        if in_steps:
            text = render_plan(plan, redactor, color=color, width=width)
            click.echo(text, nl=False)

    event = read_event_of_command(os.environ)
    if not event.may_write and not dry_run:
        context.tell(f"Only planned, nothing written: {event.held_back}")
    context.claim(output, path)
    try:
        ensured = run(
            Ensure(
                Request(
                    repository=context.repository(repository, path, access.web_url),
                    workspace=path,
                    access=access,
                    values=os.environ,
                    configuration=config,
                    allow_insecure=insecure,
                    budget=context.budget(),
                    say=progress.say,
                    conceal=redactor.hide,
                ),
                level=Level(level) if level else None,
                force=force,
                dry_run=dry_run or not event.may_write,
                announce=announce,
                conceal=lambda minted: redactor.hide(secret_texts([minted])),
            )
        )
    except (NothingToEnsure, ConfigurationError) as error:
        raise context.Refusal(str(error)) from None
    finally:
        progress.done()

    text = render_end(ensured, Format(form), redactor, color=color, width=width, with_plan=not in_steps)
    if output is None:
        click.echo(text, nl=False)
    else:
        context.write(output, text, path)
    return ensured.exit_code(FailOn(fail_on))
