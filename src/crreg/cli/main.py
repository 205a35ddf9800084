"""The `crreg` command."""

import contextlib
import errno
import importlib
import io
import os
import sys
from typing import Any, NoReturn

import click
from click.exceptions import NoSuchCommand

from crreg import __version__
from crreg.cli import context
from crreg.exits import CRASHED, ExitCode, Interrupted, clean_up, describe, raise_on_signals

_HOMES = {
    "check": "check",
    "doctor": "doctor",
    "ensure": "ensure",
    "images": "check",
    "login": "check",
    "publish": "publish",
    "rules": "rules",
}
"""The module in this folder that defines each command."""
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a disk or a terminal that takes no more text."""


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the error for an unknown one names those that are similar."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=_HOMES, ctx=ctx) from None


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def crreg() -> None:
    """Find out why the GitHub Codespaces of a repository can't pull their images, and fix it.

    A codespace logs in to a registry with three secrets, the triple: ID_CONTAINER_REGISTRY_SERVER,
    ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD. Only `ensure` writes secrets.

    Exit codes: 0 healthy; 1 findings; 2 wrong usage or configuration, or a report that can't be
    written; 3 the check could not be made.
    """


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code."""
    raise_on_signals()
    _open_closed_streams()
    try:
        code: Any = crreg.main(arguments, prog_name="crreg", standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        code = error.exit_code
    except Interrupted as end:
        clean_up()
        context.tell("Interrupted.")
        code = end.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback would show the values in errors' texts
        code = _report(error)
    finally:
        clean_up()
    # click returns 0 for its own exits, such as --help.
    _leave(int(code or ExitCode.HEALTHY))


def _report(error: Exception) -> int:
    """Say what ended the run, and return its exit code. click itself ends a run whose reader has gone."""
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        context.tell(f"Error: The output can't be written: {error.strerror}.")
        return ExitCode.WRONG_USAGE
    context.tell(f"Error: {describe(error)}")
    return CRASHED


def _open_closed_streams() -> None:
    """Replace a standard stream that the caller closed (`>&-`), so that writing to it has no effect."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


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
    for stream in (sys.stdout, sys.stderr):
        # An error was reported when the text was written; what it left in the buffer fails again.
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)
