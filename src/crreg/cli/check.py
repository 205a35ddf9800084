"""The commands that only look: `crreg images`, `login` and `check`.

Their imports are inside the functions, since `images` does not need what `check` takes long to load.
"""

import os
from pathlib import Path

import click

from crreg import exits
from crreg.cli import context, options
from crreg.exits import ExitCode, FailOn, Status
from crreg.report.formats import OF_A_CHECK


@click.command()
@options.path
@options.form()
def images(path: Path, form: str) -> ExitCode:
    """List the images that the dev containers need, and where."""
    from crreg.facts.named_images import list_images
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


@click.command()
@options.allow_insecure
@options.verbose
@options.form()
def login(allow_insecure: tuple[str, ...], form: str) -> ExitCode:
    """Log in with every triple in the environment.

    Logs in to all registries at once, to each only with the USER and PASSWORD of its own triple.
    """
    from crreg.cli.progress import Progress
    from crreg.facts.logins import try_logins
    from crreg.facts.model import Facts
    from crreg.facts.triples import observe_misnamed
    from crreg.net.deadline import Deadline
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
    budget = context.budget()
    redactor = context.redactor()
    with RegistryClient(
        allow_insecure=frozenset(allow_insecure), budget=budget, conceal=redactor.hide
    ) as registries:
        facts = Facts(
            context.now(),
            None,
            triples=try_logins(triples, registries, Deadline.after(budget), progress.say),
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


@click.command(epilog=options.environment("lists the secrets"))
@click.argument("targets", metavar="[OWNER/NAME | URL | PATH]...", nargs=-1)
@options.repository
@options.path
@options.config
@options.allow_insecure
@options.verbose
@options.form(OF_A_CHECK)
@options.output
@options.fail_on
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
    in the environment, and asks for every image. The report says what could not be checked.

    Checks the checkout around this folder, or each PATH (it starts with . or /). OWNER/NAME or URL
    names the repository of that checkout. Several targets are checked one after another: --format
    json then prints one line for each, and the exit code is the worst one.
    """
    from crreg.check.run import exit_code, run
    from crreg.cli.progress import Progress
    from crreg.cli.targets import form_of_each, read_targets
    from crreg.configuration.nodes import ConfigurationError
    from crreg.facts.request import Request
    from crreg.facts.workflow_event import read_event_of_command
    from crreg.report.formats import Format
    from crreg.report.render import render

    insecure = frozenset(allow_insecure)
    access = context.access(insecure)
    redactor = context.redactor()
    chosen = read_targets(targets, repository, path, access.web_url)
    form_of_one = form_of_each(Format(form), len(chosen))
    event = read_event_of_command(os.environ)
    color, width, budget = context.color() and output is None, context.width(), context.budget()
    codes: list[ExitCode] = []
    texts: list[str] = []
    for target in chosen:
        progress = Progress()
        try:
            report = run(
                Request(
                    repository=target.repository,
                    workspace=target.folder,
                    access=access,
                    values=os.environ,
                    configuration=config,
                    allow_insecure=insecure,
                    budget=budget,
                    say=progress.say,
                    conceal=redactor.hide,
                    withheld=event.withheld_secrets,
                )
            )
        except ConfigurationError as error:
            if len(chosen) == 1:
                raise context.Refusal(str(error)) from None
            context.tell(f"Error: {target.repository}: {error}")
            codes.append(ExitCode.WRONG_USAGE)
            continue
        finally:
            progress.done()
        heading = f"{target.repository}\n" if len(chosen) > 1 and form_of_one is Format.TEXT else ""
        text = heading + render(report, form_of_one, redactor, color=color, width=width)
        codes.append(exit_code(report, FailOn(fail_on)))
        if output is None:
            click.echo(text, nl=False)
        else:
            texts.append(text)
    if output is not None:
        context.write(output, "".join(texts), path)
    return exits.worst(codes)
