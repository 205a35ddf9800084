"""The environment and terminal of a command, and where its report goes."""

import contextlib
import functools
import os
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from crreg.exits.exit_code import ExitCode
from crreg.net.deadline import DEFAULT_BUDGET, BudgetError, read_budget
from crreg.printable import plain
from crreg.redaction.redact import Redactor
from crreg.report.escaping import inert
from crreg.workspace.writing import claim_file, write_file

_PLAIN_WIDTH = 100
"""Columns of a report that goes to a file or a pipe."""
_LONGEST_LINE = 4000


class Refusal(click.ClickException):
    """Wrong usage or configuration that click does not find when it parses the command line."""

    exit_code = ExitCode.WRONG_USAGE

    def format_message(self) -> str:
        """Return the text, which may quote a file of the repository, as one line without escapes or commands."""
        return inert(plain(self.message, _LONGEST_LINE))


def tell(text: str) -> None:
    """Write a line to standard error, without commands for a runner or escapes for a terminal.

    The line is lost if the terminal, disk or reader behind standard error is gone; the run goes on.
    """
    with contextlib.suppress(OSError):
        click.echo(inert(plain(redactor().line(text), _LONGEST_LINE)), err=True)


def log_requests(*, verbose: bool) -> None:
    """Write a line for each request to standard error, if the option or the environment asks for that."""
    from crreg.net.request_log import log_form, write_to

    form = log_form(os.environ, verbose=verbose)
    if form is not None:
        from crreg.report.request_line import request_line

        write_to(lambda sent: tell(request_line(sent, form, redactor())))


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def redactor() -> Redactor:
    """Return what removes every secret of the environment from a text; add later ones with `hide`."""
    from crreg.facts.masked_values import secrets_of_environment

    return _redactor(secrets_of_environment(os.environ))


@functools.lru_cache(maxsize=1)
def _redactor(texts: tuple[str, ...]) -> Redactor:
    return Redactor(texts)


def budget(otherwise: float = DEFAULT_BUDGET) -> float:
    """Return the seconds for all network requests, `otherwise` if the user set none; raises Refusal."""
    try:
        return read_budget(os.environ, otherwise)
    except BudgetError as error:
        raise Refusal(str(error)) from None


def claim(path: Path | None, workspace: Path) -> None:
    """Check that a report can be written before anything that it reports is changed; keep an existing file."""
    if path is not None:
        with reporting(path):
            claim_file(path, checkouts(workspace))


def write(path: Path | None, text: str, workspace: Path) -> None:
    """Write to the path that the caller chose, else to standard output.

    Follow no links inside a checkout, since they may be a stranger's.
    """
    if path is None:
        click.echo(text, nl=False)
        return
    with reporting(path):
        write_file(path, text, checkouts(workspace))


def checkouts(workspace: Path) -> list[Path]:
    """Return the folders whose links may be a stranger's. `--path` may be a part of a checkout that has no `.git`."""
    here, given = Path.cwd(), os.environ.get("GITHUB_WORKSPACE")
    around = [here] if Path(os.path.realpath(workspace)).is_relative_to(here) else []
    return [workspace, *around, *([Path(given)] if given and os.path.isdir(given) else [])]  # noqa: PTH112 - may be any text


@contextlib.contextmanager
def reporting(path: Path) -> Iterator[None]:
    """Refuse what the block could not write."""
    try:
        yield
    except OSError as error:
        raise Refusal(f"The report can't be written to {path}: {error.strerror or error}.") from None


def color() -> bool:
    """Return whether to use color: on a terminal, unless NO_COLOR or FORCE_COLOR says otherwise.

    Source: https://no-color.org
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def width() -> int:
    """Return the number of columns to write in."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PLAIN_WIDTH
