"""What the command takes from its surroundings: environment, checkout and terminal."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from crreg.exit_code import ExitCode

if TYPE_CHECKING:
    from datetime import datetime

    from crreg.access import GitHubAccess
    from crreg.redaction import Redactor
    from crreg.triple import Triple

_PLAIN_WIDTH = 100
"""Columns of a report that goes to a file or a pipe."""


class Refusal(click.ClickException):
    """Wrong usage or configuration that is no matter of the command line's grammar."""

    exit_code = ExitCode.WRONG_USAGE


def repository(given: str | None, path: Path, web_url: str) -> str:
    """`owner/name`, as given or as the checkout tells."""
    name = repository_if_known(given, path, web_url)
    if name is None:
        raise Refusal(
            f"Which repository? {path.absolute()} is no checkout of one on GitHub. "
            "Give --repository OWNER/NAME, or set GITHUB_REPOSITORY."
        )
    return name


def repository_if_known(given: str | None, path: Path, web_url: str) -> str | None:
    """The same; None if neither tells."""
    from crreg.checkout import repository_of
    from crreg.github.name import is_repository

    name = given or repository_of(path, web_url.partition("://")[2])
    if name is not None and not is_repository(name):
        raise Refusal(f"{name!r} is no repository: expected OWNER/NAME, such as octo-org/hello-world.")
    return name


def access(allow_insecure: frozenset[str], token: str | None = None) -> "GitHubAccess":
    """How to ask GitHub: with `token`, else with that of the environment."""
    from crreg.access import GitHubAccess

    given = GitHubAccess(_api_url(), token or os.environ.get("GITHUB_TOKEN"))
    if given.is_exposed(allow_insecure):
        raise Refusal(
            "GITHUB_API_URL is plain http, in which anyone on the way could read the token: use https, or give "
            f"--allow-insecure {urlsplit(given.api_url).hostname}."
        )
    return given


def _api_url() -> str:
    from crreg.github.name import is_api_url

    url = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    if not is_api_url(url):
        raise Refusal("GITHUB_API_URL must be the address of a GitHub's API, such as https://api.github.com.")
    return url


def now() -> "datetime":
    """This moment, with its time zone."""
    from datetime import UTC, datetime

    return datetime.now(UTC)


def redactor(minted: "Iterable[Triple]" = ()) -> "Redactor":
    """Takes out every secret of the environment, and those that were minted since."""
    from crreg.redaction import Redactor, secret_texts
    from crreg.triple import find_triples

    token = os.environ.get("GITHUB_TOKEN")
    return Redactor(secret_texts([*find_triples(os.environ).values(), *minted], [token] if token else []))


def budget() -> float:
    """Seconds for all of the network."""
    from crreg.deadline import BudgetError, read_budget

    try:
        return read_budget(os.environ)
    except BudgetError as error:
        raise Refusal(str(error)) from None


def claim(path: Path | None, workspace: Path) -> None:
    """See that a report can be written before anything is changed that it would tell of; what was there is gone."""
    if path is not None:
        write(path, "", workspace)


def write(path: Path, text: str, workspace: Path) -> None:
    """Write where the caller says; within the checkout, whose links are a stranger's, follow none."""
    from crreg.runner import write_inside

    target, root = Path(os.path.abspath(path)), Path(os.path.abspath(workspace))  # noqa: PTH100 - follows no link
    try:
        if target.is_relative_to(root):
            write_inside(root, str(target.relative_to(root)), text)
        else:
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refusal(f"The report can't be written to {path}: {error.strerror or error}.") from None


def color() -> bool:
    """Colour on a terminal only; NO_COLOR turns it off and FORCE_COLOR on, see https://no-color.org."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def width() -> int:
    """Columns to write in."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PLAIN_WIDTH
