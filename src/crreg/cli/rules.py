"""The command `crreg rules`."""

import click

from crreg.cli import options
from crreg.exits import ExitCode
from crreg.report.json import rules_json
from crreg.report.text import render_rules
from crreg.rules import RULES


@click.command()
@options.form()
def rules(form: str) -> ExitCode:
    """List every rule with its remedy."""
    if form == "json":
        click.echo(rules_json(RULES), nl=False)
    else:
        click.echo(render_rules(RULES), nl=False)
    return ExitCode.HEALTHY
