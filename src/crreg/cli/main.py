"""The `crreg` command."""

import contextlib
import importlib
import io
import os
import sys
from typing import Any, NoReturn

import click

from crreg import __version__
from crreg.cli import context
from crreg.exits import CRASHED, ExitCode, Interrupted, clean_up, describe, raise_on_signals

_HOMES = {
    "check": "check",
    "dashboard": "dashboard",
    "doctor": "doctor",
    "ensure": "ensure",
    "images": "check",
    "login": "check",
    "publish": "publish",
    "rules": "check",
}
"""The module in this folder that defines each command."""


class _LazyGroup(click.Group):
    """Imports a command when it is asked for.

    Source: https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, for the help."""
        return sorted(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command of that name; None if it does not exist."""
        home = _HOMES.get(cmd_name)
        if home is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"crreg.cli.{home}"), cmd_name)
        return command


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def crreg() -> None:
    """Find out why the GitHub Codespaces of a repository can't pull their images, and fix it.

    A codespace logs in to a registry with three secrets, the triple: ID_CONTAINER_REGISTRY_SERVER,
    ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD. Only `ensure` writes secrets.

    Exit codes: 0 healthy; 1 findings; 2 wrong usage or configuration; 3 the check could not be made.
    """


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
        # The terminal may be closed.
        with contextlib.suppress(OSError):
            click.echo("Interrupted.", err=True)
        code = end.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback would show the values in errors' texts
        click.echo(f"Error: {describe(error)}", err=True)
        code = CRASHED
    finally:
        clean_up()
    # click returns 0 for its own exits, such as --help.
    _leave(int(code or ExitCode.HEALTHY))


def _show(error: click.ClickException) -> None:
    """Write click's message about wrong usage, which quotes arguments as they were given."""
    said = io.StringIO()
    error.show(said)
    for line in said.getvalue().splitlines():
        context.tell(line)


def _leave(code: int) -> NoReturn:
    """End the process immediately.

    There is nothing left to do: files are closed, and threads that still wait for a server are not waited for. This
    saves 5 to 16 % of ten logins 50 ms away (benchmarks/tricks.py).
    """
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
