"""The `crreg` command."""

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from crreg import __version__, exits
from crreg.cli import context, options
from crreg.cli.doctor import doctor
from crreg.cli.ensure import ensure
from crreg.cli.publish import publish
from crreg.exits import ExitCode, FailOn, Interrupted, Status, clean_up, raise_on_signals


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def crreg() -> None:
    """Find out why GitHub Codespaces of a repository would fail to pull their images, and make them start.

    A codespace logs in to a registry with three secrets, the triple: ID_CONTAINER_REGISTRY_SERVER,
    ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD. Only `ensure` writes any.

    Exit codes: 0 healthy; 1 findings; 2 wrong usage or configuration; 3 the check could not be made.
    """


@crreg.command()
@options.path
@options.form
def images(path: Path, form: str) -> ExitCode:
    """List the images that the dev containers need, and where."""
    from crreg.facts.images import list_images
    from crreg.findings.finding import Severity
    from crreg.report.render import rendered
    from crreg.rules.invalid_reference import problems_of_files

    facts = list_images(path, context.now(), os.environ)
    redactor = context.redactor()
    if form == "json":
        from crreg.report.json import images_document

        click.echo(rendered(facts, redactor, images_document), nl=False)
    else:
        from crreg.report.text import images_text

        color, width = context.color(), context.width()
        text = rendered(facts, redactor, lambda shown: images_text(shown, color=color, width=width))
        click.echo(text, nl=False)
    problems = problems_of_files(facts)
    is_broken = any(problem.severity is Severity.ERROR for problem in problems)
    return exits.exit_code(Status.UNHEALTHY if is_broken else Status.HEALTHY)


@crreg.command()
@options.allow_insecure
@options.form
def login(allow_insecure: tuple[str, ...], form: str) -> ExitCode:
    """Try every login whose triple is in the environment.

    Logs in to all registries at once, to each with the password that is stored beside its own SERVER.
    """
    from crreg.cli.progress import Progress
    from crreg.deadline import Deadline
    from crreg.facts.logins import try_logins
    from crreg.facts.model import Facts
    from crreg.facts.triples import observe_misnamed
    from crreg.registry.client import RegistryClient
    from crreg.report.logins import status_of_logins
    from crreg.report.render import rendered
    from crreg.triple import find_triples

    triples = find_triples(os.environ)
    if not triples:
        raise click.UsageError(
            "There is no triple in the environment. A triple is three variables: ID_CONTAINER_REGISTRY_SERVER, "
            "ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD, with a name of your own for ID."
        )
    progress = Progress()
    progress.say(f"Waiting for {len(triples)} logins")
    budget = context.budget()
    redactor = context.redactor()
    with RegistryClient(
        allow_insecure=frozenset(allow_insecure), budget=budget, conceal=redactor.hide
    ) as registries:
        facts = Facts(
            context.now(),
            None,
            triples=try_logins(triples, registries, Deadline.after(budget)),
            misnamed=observe_misnamed(os.environ, None, triples),
        )
    progress.done()
    if form == "json":
        from crreg.report.json import triples_document

        report = rendered(facts, redactor, triples_document)
    else:
        from crreg.report.logins import logins_text

        color = context.color()
        report = rendered(facts, redactor, lambda shown: logins_text(shown, color=color))
    click.echo(report, nl=False)
    return exits.exit_code(status_of_logins(facts))


@crreg.command(epilog=options.environment("lists the secrets"))
@options.repository
@options.path
@options.config
@options.allow_insecure
@click.option(
    "--format",
    "form",
    type=click.Choice(("text", "json", "markdown", "sarif", "github")),
    default="text",
    show_default=True,
)
@options.output
@options.fail_on
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
    in the environment, and asks for every image. What is not at hand is left out, and said.
    """
    from crreg.check.run import exit_code, run
    from crreg.cli.progress import Progress
    from crreg.configuration.nodes import ConfigurationError
    from crreg.facts.event import read_event_of_command
    from crreg.facts.request import Request
    from crreg.report.render import Format, render
    from crreg.workspace.checkout import is_empty

    insecure = frozenset(allow_insecure)
    access = context.access(insecure)
    redactor = context.redactor()
    if is_empty(path):
        raise context.Refusal(f"{path.absolute()} is empty: run crreg in a checkout of the repository.")
    event = read_event_of_command(os.environ)
    progress = Progress()
    try:
        report = run(
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
                withheld=event.withheld_secrets,
            )
        )
    except ConfigurationError as error:
        raise context.Refusal(str(error)) from None
    finally:
        progress.done()
    text = render(
        report,
        Format(form),
        redactor,
        color=context.color() and output is None,
        width=context.width(),
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        context.write(output, text, path)
    return exit_code(report, FailOn(fail_on))


@crreg.command()
@options.form
def rules(form: str) -> ExitCode:
    """List every rule with its remedy."""
    from crreg.rules import RULES

    if form == "json":
        from crreg.report.json import rules_json

        click.echo(rules_json(RULES), nl=False)
    else:
        from crreg.report.text import render_rules

        click.echo(render_rules(RULES), nl=False)
    return ExitCode.HEALTHY


crreg.add_command(doctor)
crreg.add_command(ensure)
crreg.add_command(publish)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code."""
    raise_on_signals()
    try:
        code: Any = crreg.main(arguments, prog_name="crreg", standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        code = error.exit_code
    except Interrupted as end:
        clean_up()
        # A terminal that was closed takes no words.
        with contextlib.suppress(OSError):
            click.echo("crreg was interrupted before it was done.", err=True)
        code = end.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback would show the values in errors' texts
        from crreg.exits import describe

        click.echo(f"Error: {describe(error)}", err=True)
        code = ExitCode.NOT_PROVEN
    finally:
        clean_up()
    # click gives its own commands' way out, such as --help, as 0.
    _leave(int(code or ExitCode.HEALTHY))


def _show(error: click.ClickException) -> None:
    """Write what click says of a wrong usage, which quotes arguments as they came."""
    said = io.StringIO()
    error.show(said)
    for line in said.getvalue().splitlines():
        context.tell(line)


def _leave(code: int) -> NoReturn:
    """End the process here and now.

    Taking the interpreter down takes a tenth of a login's time, and has nothing to do: files are closed, and
    threads that still wait for a server are not waited for.
    """
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
