"""The command `crreg live`."""

import json
from pathlib import Path

import click

from crreg.cli import context, options
from crreg.exits import ExitCode

_MARKS = {"holds": "✓", "differs": "✗", "unproven": "?"}


@click.group()
def live() -> None:
    """Find out what GitHub really does where it documents nothing.

    docs/live.md says how to run the probe in a codespace.
    """


@live.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.form()
def read(*, file: Path, form: str) -> ExitCode:
    """Turn a FILE of the probe into verdicts on U1 to U11 and others.

    Exit codes: 0 the file was read; 2 it is not one of the probe.
    """
    from crreg.doctor.probe import ProbeError, read_probe
    from crreg.doctor.probe_answers import CLAIMS, probe_answers

    try:
        probe = read_probe(file)
    except ProbeError as error:
        raise context.Refusal(f"{file} can't be used. {error}") from None
    answers = probe_answers(probe)
    if form == "json":
        document = {
            "schema_version": 1,
            "date": probe.date,
            "recovery": probe.recovery,
            "answers": [
                {"id": name, "claim": CLAIMS.get(name), "verdict": each.fared.value, "detail": each.detail}
                for name, each in answers.items()
            ],
        }
        click.echo(json.dumps(document, indent=2))
        return ExitCode.HEALTHY
    for name, each in answers.items():
        click.echo(f"{_MARKS[each.fared.value]} {name}: {each.fared.value}. {each.detail}")
        if name in CLAIMS:
            click.echo(f"    {CLAIMS[name]}")
    return ExitCode.HEALTHY
