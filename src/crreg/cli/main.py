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
from click.shell_completion import CompletionItem

from crreg import __version__
from crreg.exits.exit_code import CRASHED, DONE, ExitCode
from crreg.exits.garbage_collection import collect_rarely
from crreg.exits.leaving import leave
from crreg.exits.signals import Interrupted, clean_up, raise_on_signals
from crreg.exits.unexpected import describe

_COMMANDS = {
    "check": "Check everything: files, secrets, logins and images.",
    "init": "Write the workflow that checks this repository, and list the values that are missing.",
    "ensure": "Create, update and assign the secrets that codespaces need.",
    "publish": "Publish images to GHCR, where a codespace needs no secret.",
    "doctor": "Find out, inside a codespace, why it can't pull its images.",
    "login": "Log in with every triple in the environment.",
    "images": "List the images that the dev containers need, and the lines that name them.",
    "rules": "List every rule with its remedy, or print the page of one RULE.",
    "dashboard": "Write a web page about an organization, and badges.",
    "org": "Split the check of organizations into the jobs of a workflow's matrix.",
    "live": "Test what crreg assumes about GitHub: for developers of crreg.",
}
"""The first sentence of each command's help; the command is defined in the module of its name in this folder.

The most used come first. The sentences are repeated here so that `crreg --help` need not load every command: that
takes half a second.
"""
_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""Errors of a disk or a terminal that takes no more text."""


class _LazyGroup(click.Group):
    """Imports a command when it is asked for.

    Source: https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands
    """

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands, for the help."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command of that name; None if it does not exist."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"crreg.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """Write the list of the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without loading any, else an option."""
        names = [
            CompletionItem(name, help=text) for name, text in _COMMANDS.items() if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; the error for an unknown one names those that are similar."""
        try:
            name, command, left = super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=list(_COMMANDS), ctx=ctx) from None
        if command is not None:
            _check_values(ctx, command, left)
        return name, command, left


def _check_values(ctx: click.Context, command: click.Command, arguments: list[str]) -> None:
    """Check that no option without a value takes the next option for it, as click allows: `--local --to IMAGE`.

    Raises:
        click.BadOptionUsage: one does. click itself would complain of what follows, such as an extra argument.
    """
    while isinstance(command, click.Group):
        found = command.get_command(ctx, arguments[0]) if arguments else None
        if found is None:
            return
        command, arguments = found, arguments[1:]
    options = {
        name: option
        for option in command.get_params(ctx)
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    }
    left = iter(arguments)
    for argument in left:
        if argument == "--":
            return
        option = options.get(argument)
        value = next(left, None) if option is not None and not option.is_flag else None
        if value in options:
            message = f"Option {argument!r} requires an argument, but the option {value!r} follows."
            raise click.BadOptionUsage(argument, message)


@click.group(
    cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def crreg() -> None:
    """Find out why the GitHub Codespaces of a repository can't pull their images, and fix it.

    A codespace logs in to a registry with three secrets, a triple: ID_CONTAINER_REGISTRY_SERVER,
    ID_CONTAINER_REGISTRY_USER and ID_CONTAINER_REGISTRY_PASSWORD. Begin with `crreg check` in a
    checkout of the repository. Only `ensure` and `init --apply` write secrets.

    Exit codes: 0 nothing failed; 1 findings; 2 wrong usage or configuration, or the report can't be
    written; 3 something that was needed could not be checked.
    """
    # Not at the top: `crreg --version` needs nothing of it.
    from crreg.cli import context

    # Otherwise click removes colors from everything that does not go to a terminal, whatever FORCE_COLOR says.
    click.get_current_context().color = context.color()


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit code."""
    leave(run(arguments))


def run(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code. Only for the main thread of a process that ends afterwards."""
    collect_rarely()
    raise_on_signals()
    _open_closed_streams()
    try:
        code: Any = crreg.main(arguments, prog_name="crreg", standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        code = error.exit_code
    except Interrupted as end:
        clean_up()
        _tell("Interrupted.")
        code = end.exit_code
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback would show the values in errors' texts
        code = _report(error)
    finally:
        clean_up()
    # click returns 0 for its own exits, such as --help.
    return int(code or DONE)


def _report(error: Exception) -> int:
    """Say what ended the run, and return its exit code. click itself ends a run whose reader has gone."""
    if isinstance(error, OSError) and error.errno in _UNWRITABLE:
        _tell(f"Error: The output can't be written: {error.strerror}.")
        return ExitCode.WRONG_USAGE
    _tell(f"Error: {describe(error)}")
    return CRASHED


def _tell(text: str) -> None:
    # The terminal may be closed, or the disk full.
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def _open_closed_streams() -> None:
    """Replace a standard stream that the caller closed (`>&-`), so that writing to it has no effect."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))


def _show(error: click.ClickException) -> None:
    """Write click's message about wrong usage, which quotes arguments as they were given."""
    # Not at the top: `crreg --version` needs nothing of it.
    from crreg.cli import context

    said = io.StringIO()
    error.show(said)
    for line in said.getvalue().splitlines():
        context.tell(line)
