"""The command `crreg check`."""

import os
from pathlib import Path

import click

from crreg.check.run import exit_code, run
from crreg.cli import context, options
from crreg.cli.job import Job
from crreg.cli.organization import check_organization, or_organization
from crreg.configuration.nodes import ConfigurationError
from crreg.exits import ExitCode, FailOn
from crreg.facts.workflow_event import read_event_of_command
from crreg.report.formats import OF_A_CHECK, Format
from crreg.report.render import render
from crreg.workspace.checkout import is_empty


@click.command(epilog=options.environment("lists the secrets"))
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.form(OF_A_CHECK)
@options.output
@options.fail_on
@or_organization(check_organization, "Check every repository of an organization, without a checkout.")
def check(
    *,
    repository: str | None,
    path: Path,
    config: str | None,
    allow_insecure: tuple[str, ...],
    form: str,
    output: Path | None,
    fail_on: str,
) -> ExitCode:
    """Check everything: files, secrets, logins and images.

    Reads the dev containers, lists the Codespaces secrets, logs in with the triples that are
    in the environment, and asks for every image. The report says what could not be checked.
    """
    job = Job.begin(path, allow_insecure)
    if is_empty(path):
        raise context.Refusal(f"{path.absolute()} is empty: run crreg in a checkout of the repository.")
    withheld = read_event_of_command(os.environ).withheld_secrets
    try:
        report = run(job.request(repository, config, withheld))
    except ConfigurationError as error:
        raise context.Refusal(str(error)) from None
    finally:
        job.progress.done()
    color = context.color() and output is None
    text = render(report, Format(form), job.redactor, color=color, width=context.width())
    context.write(output, text, path)
    return exit_code(report, FailOn(fail_on))
