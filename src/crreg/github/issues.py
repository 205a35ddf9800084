"""Issues of a repository: those that an account wrote, opening one, changing it, commenting on it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError

_PAGE = 100
_MOST_PAGES = 20
"""Two thousand issues of one account; a list that is longer is not read to its end."""
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, as far as one who keeps it needs to know."""

    number: int
    body: str
    """Without carriage returns, which GitHub's own editor adds."""
    author: str
    """Login."""


class Issues:
    """The issues of one repository."""

    def __init__(self, github: GitHub, repository: str) -> None:
        """Ask with `github`; `repository` is `owner/name`."""
        self._github = github
        self._base = f"/repos/{repository}/issues"

    def account(self) -> str:
        """The login that this token writes under; raises GitHubError.

        REST tells it to people's tokens alone; GraphQL also tells a workflow's that it is `github-actions[bot]`, and an
        App's its bot.
        Source: https://docs.github.com/en/graphql/reference/queries#viewer
        """
        answer = self._github.request(
            "POST", _graphql(self._github.api_url), body={"query": "{ viewer { login } }"}
        )
        match answer:
            case {"data": {"viewer": {"login": str(login)}}} if _LOGIN.fullmatch(login):
                return login
        raise self._not_github()

    def written_by(self, author: str, *, is_open: bool) -> Iterator[Issue]:
        """The issues that `author` wrote, open or closed, newest first; raises GitHubError.

        Source: https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        state = "open" if is_open else "closed"
        for page in range(1, _MOST_PAGES + 1):
            parameters: dict[str, str | int] = {"creator": author, "state": state, "per_page": _PAGE}
            items = self._github.get(self._base, {**parameters, "page": page} if page > 1 else parameters)
            if not isinstance(items, list):
                raise self._not_github()
            for item in items:
                # Pull requests are in the list, too.
                if not isinstance(item, dict) or "pull_request" not in item:
                    issue = self._read(item)
                    if issue.author.lower() == author.lower():
                        yield issue
            if len(items) < _PAGE:
                return

    def open(self, title: str, body: str) -> Issue:
        """Open an issue; raises GitHubError."""
        return self._read(self._github.request("POST", self._base, body={"title": title, "body": body}))

    def change(self, number: int, **fields: str) -> None:
        """Set `body`, `state` or `state_reason` of an issue; raises GitHubError."""
        self._github.request("PATCH", f"{self._base}/{number}", body=fields)

    def comment(self, number: int, body: str) -> None:
        """Comment on an issue; raises GitHubError."""
        self._github.request("POST", f"{self._base}/{number}/comments", body={"body": body})

    def _read(self, item: Any) -> Issue:
        match item:
            case {"number": int(number), "body": str() | None as body, "user": {"login": str(author)}}:
                return Issue(number, (body or "").replace("\r\n", "\n"), author)
            case {"number": int(number), "user": None}:
                # Of an account that is gone, so none of ours.
                return Issue(number, "", "")
        raise self._not_github()

    def _not_github(self) -> GitHubError:
        return GitHubError(
            Cause.UNREACHABLE, f"{self._github.api_url} answered something that is not GitHub's API."
        )


def _graphql(api_url: str) -> str:
    """Where GraphQL is spoken; a GitHub Enterprise Server has it beside `/api/v3`.

    Source: https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql
    """
    return f"{api_url.rstrip('/').removesuffix('/v3')}/graphql"
