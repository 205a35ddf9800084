"""The command `crreg images`."""

import os
from pathlib import Path

import click

from crreg.cli import context, options
from crreg.exits.exit_code import ExitCode, exit_code
from crreg.exits.status import Status
from crreg.facts.named_images import list_images
from crreg.findings.finding import Severity
from crreg.report.formats import Format
from crreg.report.render import render_images
from crreg.rules.invalid_reference import problems_of_files


@click.command()
@options.path
@click.option(
    "--offline",
    is_flag=True,
    expose_value=False,
    help="Send no requests. This command never does; the option lets a hook say so.",
)
@options.form()
def images(path: Path, form: str) -> ExitCode:
    """List the images that the dev containers need, and the lines that name them."""
    facts = list_images(path, context.now(), os.environ)
    text = render_images(
        facts, Format(form), context.redactor(), color=context.color(), width=context.width()
    )
    click.echo(text, nl=False)
    problems = problems_of_files(facts)
    is_broken = any(problem.severity is Severity.ERROR for problem in problems)
    return exit_code(Status.UNHEALTHY if is_broken else Status.HEALTHY)
