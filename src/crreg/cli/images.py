"""The command `crreg images`."""

import os
from pathlib import Path

import click

from crreg import exits
from crreg.cli import context, options
from crreg.exits import ExitCode, Status
from crreg.facts.named_images import list_images
from crreg.findings.finding import Severity
from crreg.report.lists import images_document, images_text
from crreg.report.rendering import rendered
from crreg.rules.invalid_reference import problems_of_files


@click.command()
@options.path
@click.option(
    "--offline",
    is_flag=True,
    expose_value=False,
    help="Send no request. This command never sends one; a hook can say so with this option.",
)
@options.form()
def images(path: Path, form: str) -> ExitCode:
    """List the images that the dev containers need, and where."""
    facts = list_images(path, context.now(), os.environ)
    redactor = context.redactor()
    if form == "json":
        click.echo(rendered(facts, redactor, images_document), nl=False)
    else:
        color, width = context.color(), context.width()
        text = rendered(facts, redactor, lambda shown: images_text(shown, color=color, width=width))
        click.echo(text, nl=False)
    problems = problems_of_files(facts)
    is_broken = any(problem.severity is Severity.ERROR for problem in problems)
    return exits.exit_code(Status.UNHEALTHY if is_broken else Status.HEALTHY)
