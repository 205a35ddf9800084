"""The command `crreg login`."""

import os

import click

from crreg.cli import context, options
from crreg.cli.progress import Progress
from crreg.exits.exit_code import ExitCode, exit_code
from crreg.facts.logins import try_logins
from crreg.net.deadline import Deadline
from crreg.registry.client import RegistryClient
from crreg.report.formats import Format
from crreg.report.logins import status_of_logins
from crreg.report.render import render_logins
from crreg.triple import find_triples


@click.command()
@options.allow_insecure
@options.verbose
@options.form()
def login(allow_insecure: tuple[str, ...], form: str) -> ExitCode:
    """Log in with every triple in the environment.

    A triple is ID_CONTAINER_REGISTRY_SERVER, _USER and _PASSWORD, with a name of your own for ID. Logs in to all
    registries at once, to each only with the USER and PASSWORD of its own triple.
    """
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
        tried = try_logins(triples, os.environ, registries, Deadline.after(budget), progress.say)
    progress.done()
    click.echo(render_logins(tried, Format(form), redactor, color=context.color()), nl=False)
    return exit_code(status_of_logins(tried))
