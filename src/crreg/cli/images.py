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
    named = list_images(path, os.environ)
    text = render_images(
        named, Format(form), context.redactor(), color=context.color(), width=context.width()
    )
    click.echo(text, nl=False)
    is_broken = any(problem.severity is Severity.ERROR for problem in named.problems)
    return exit_code(Status.UNHEALTHY if is_broken else Status.HEALTHY)
