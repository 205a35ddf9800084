"""Reads and writes Actions variables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from crreg.github.client import GitHub
from crreg.github.errors import GitHubError, not_github
from crreg.github.moment import moment_of


@dataclass(frozen=True, slots=True)
class Variable:
    """An Actions variable."""

    name: str
    """In upper case."""
    value: str
    updated_at: datetime


def read_variables(github: GitHub, path: str) -> tuple[Variable, ...]:
    """The variables of a list; raises GitHubError.

    GitHub returns at most 30 a page, whatever `per_page` asks for.
    Source: https://docs.github.com/en/rest/actions/variables
    """
    return tuple(_variables(github, github.pages(path, "variables", size=30, whole=True)))


def read_variable(github: GitHub, path: str, name: str) -> str | None:
    """The value of one variable of a store; None if there is none. Raises GitHubError."""
    try:
        return next(iter(_variables(github, [github.get(f"{path}/{name}")]))).value
    except GitHubError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return None
        raise


def write_variable(github: GitHub, path: str, name: str, value: str, *, exists: bool) -> None:
    """Create or update a variable; raises GitHubError.

    An update does not change which repositories can read the variable. A new variable of an organization can be
    read by all of its repositories.
    """
    if exists:
        github.request("PATCH", f"{path}/{name}", body={"name": name, "value": value})
        return
    body = {"name": name, "value": value}
    if path.startswith("/orgs/"):
        body["visibility"] = "all"
    github.request("POST", path, body=body)


def _variables(github: GitHub, items: Iterable[Any]) -> Iterable[Variable]:
    try:
        for item in items:
            yield Variable(str(item["name"]).upper(), str(item["value"]), moment_of(item["updated_at"]))
    except (KeyError, TypeError, ValueError):
        raise not_github(github.api_url) from None
