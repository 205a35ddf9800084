"""The command `crreg live`."""

from pathlib import Path

import click

from crreg.cli import context, options
from crreg.exits.exit_code import DONE, ExitCode
from crreg.report.formats import Format


@click.group()
def live() -> None:
    """Test what crreg assumes about GitHub: for developers of crreg.

    docs/live.md says how to run the probe in a codespace.
    """


@live.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.form()
def read(*, file: Path, form: str) -> ExitCode:
    """Judge the assumptions by a FILE that the probe wrote in a codespace.

    Exit codes: 0 the file was read; 2 it is not one of the probe.
    """
    from crreg.doctor.probe import ProbeError, read_probe
    from crreg.report.render import render_probe

    try:
        probe = read_probe(file)
    except ProbeError as error:
        raise context.Refusal(f"{file} can't be used. {error}") from None
    click.echo(render_probe(probe, Format(form)), nl=False)
    return DONE
