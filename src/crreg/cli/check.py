"""The command `crreg check`."""

import os
from dataclasses import replace
from pathlib import Path

import click

from crreg.check.report import Report
from crreg.check.run import run
from crreg.cli import context, options
from crreg.cli.job import Job
from crreg.cli.organization import JOB, SECTION, check_organization, or_organization
from crreg.cli.targets import form_of_each, read_targets
from crreg.configuration.nodes import ConfigurationError
from crreg.exits.exit_code import ExitCode, FailOn, exit_code, worst
from crreg.exits.status import Status
from crreg.facts.request import Request
from crreg.facts.workflow_event import read_event_of_command
from crreg.github.errors import GitHubError
from crreg.report.formats import OF_A_CHECK, Format
from crreg.report.render import render

_SECTIONS = {
    "What to check": ("repository", "path", "config", "allow_insecure"),
    "A whole organization": (*SECTION, JOB[0]),
    "Report": ("form", "output", "fail_on", "verbose"),
}


@click.command(
    cls=options.SectionedCommand,
    sections=_SECTIONS,
    epilog=options.environment("the token that lists the secrets", org=True),
)
@click.argument("targets", metavar="[OWNER/NAME | URL | PATH]...", nargs=-1)
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.verbose
@options.form(OF_A_CHECK)
@options.output
@options.fail_on
@or_organization(check_organization, "Check every repository of an organization, without a checkout.", [JOB])
def check(
    *,
    targets: tuple[str, ...],
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
    in the environment, and requests every image. The report says what could not be checked.

    Without an argument, checks the checkout around this folder. A PATH starts with . or /. For
    OWNER/NAME or a URL, the files of the default branch are read from GitHub, unless this folder is in a
    checkout of that repository. Several targets are checked one after another: --format json then
    prints one line for each, and the exit code is the worst one.
    """
    job = Job.begin(path, allow_insecure)
    chosen = read_targets(targets, repository, path, job.access)
    if config is not None and any(target.folder is None for target in chosen):
        raise click.UsageError("--config names a file of a checkout, so every target must be one.")
    form_of_one = form_of_each(Format(form), len(chosen))
    withheld = read_event_of_command(os.environ).withheld_secrets
    color, width = context.color() and output is None, context.width()
    codes: list[ExitCode] = []
    texts: list[str] = []
    for target in chosen:
        try:
            request = replace(job, path=target.folder or path).request(target.repository, config, withheld)
            report = run(request) if target.folder is not None else _without_checkout(request)
        except ConfigurationError as error:
            if len(chosen) == 1:
                raise context.Refusal(str(error)) from None
            context.tell(f"Error: {target.repository}: {error}")
            codes.append(ExitCode.WRONG_USAGE)
            continue
        except GitHubError as error:
            context.tell(f"Error: {error.detail}")
            codes.append(exit_code(Status.UNKNOWN, fail_on=FailOn(fail_on)))
            continue
        finally:
            job.progress.done()
        text = render(report, form_of_one, job.redactor, color=color, width=width)
        if texts and form_of_one is Format.TEXT:
            text = f"\n{text}"
        codes.append(report.exit_code(FailOn(fail_on)))
        if output is None:
            click.echo(text, nl=False)
        texts.append(text)
    if output is not None:
        context.write(output, "".join(texts), path)
    return worst(codes)


def _without_checkout(request: Request) -> Report:
    """Check a repository whose files are read from GitHub; raises GitHubError and ConfigurationError."""
    # It loads PyGithub, which a check of a checkout loads while the registries answer.
    from crreg.organization.one import run_without_checkout

    return run_without_checkout(request)
