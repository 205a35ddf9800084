"""The environment, checkout and terminal of a command."""

import contextlib
import functools
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from crreg.exits.exit_code import ExitCode
from crreg.github.access import GitHubAccess, is_api_url, is_repository
from crreg.github.gh import asked_with, gh_host, token_of_environment, token_of_gh
from crreg.net.deadline import DEFAULT_BUDGET, BudgetError, read_budget
from crreg.printable import plain
from crreg.redaction.redact import Redactor
from crreg.report.escaping import inert
from crreg.workspace.checkout import repository_of
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
        from crreg.report.rendering import request_line

        write_to(lambda sent: tell(request_line(sent, form, redactor())))


def repository(given: str | None, path: Path, web_url: str) -> str:
    """Return `owner/name`, as given or from the checkout."""
    name = repository_if_known(given, path, web_url)
    if name is None:
        raise Refusal(
            f"The repository is not known: {path.absolute()} is not a checkout of one on GitHub. "
            "Pass --repository OWNER/NAME, or set GITHUB_REPOSITORY."
        )
    return name


def repository_if_known(given: str | None, path: Path, web_url: str) -> str | None:
    """Return `owner/name`, as given or from the checkout; None if neither has it."""
    name = given or repository_of(path, web_url.partition("://")[2])
    if name is not None and not is_repository(name):
        raise Refusal(f"{name!r} is not a repository: expected OWNER/NAME, such as octo-org/hello-world.")
    return name


def access(allow_insecure: frozenset[str]) -> GitHubAccess:
    """Return how to ask GitHub: with the token of the environment, else with the one of the `gh` command."""
    asked = access_with(None, allow_insecure)
    host = gh_host(asked.web_url)
    token = token_of_environment(host, os.environ)
    if token is not None:
        return access_with(token, allow_insecure)
    token = token_of_gh(host, os.environ)
    if token is None:
        return asked
    redactor().hide([token])
    return replace(access_with(token, allow_insecure), token_source=f"gh auth token --hostname {host}")


def tell_source(access: GitHubAccess) -> None:
    """Say on standard error that the token is that of `gh`, if it is."""
    source = asked_with(access.token_source)
    if source is not None:
        tell(source)


def access_with(token: str | None, allow_insecure: frozenset[str]) -> GitHubAccess:
    """Return how to ask GitHub with that token, or without one."""
    given = GitHubAccess(_api_url(), token)
    if given.is_exposed(allow_insecure):
        raise Refusal(given.exposure("GITHUB_API_URL", "pass --allow-insecure {host}"))
    return given


def _api_url() -> str:
    url = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    if not is_api_url(url):
        raise Refusal("GITHUB_API_URL must be the address of a GitHub API, such as https://api.github.com.")
    return url


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
