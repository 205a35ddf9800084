"""Issues of a repository: lists those of one account, and opens, changes and comments on them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crreg.github.client import GitHub
from crreg.github.errors import not_github
from crreg.github.inventory import Repository
from crreg.github.secrets import read_repository

_PAGE = 100
_MOST_PAGES = 20
"""Two thousand issues of one account; the rest of a longer list is not read."""
_LOGIN = re.compile(r"[A-Za-z0-9_-]{1,100}(\[bot\])?")


@dataclass(frozen=True, slots=True)
class Issue:
    """The fields of an issue that crreg uses."""

    number: int
    body: str
    """Without carriage returns, which GitHub's own editor adds."""
    author: str
    """Login."""


class Issues:
    """The issues of one repository."""

    def __init__(self, github: GitHub, repository: str, account: str = "") -> None:
        """Ask with `github`; `repository` is `owner/name`, and `account` the token's login if it is known."""
        self._github = github
        self._account = account
        self.repository = repository
        self._base = f"/repos/{repository}/issues"

    def account(self) -> str:
        """The login that this token writes as, asked for once; raises GitHubError.

        REST returns it only for users' tokens; GraphQL also returns `github-actions[bot]` for a workflow's token and
        the bot of an App for the App's.
        Source: https://docs.github.com/en/graphql/reference/queries#viewer
        """
        if not self._account:
            answer = self._github.request(
                "POST", _graphql(self._github.api_url), body={"query": "{ viewer { login } }"}
            )
            match answer:
                case {"data": {"viewer": {"login": str(login)}}} if _LOGIN.fullmatch(login):
                    self._account = login
                case _:
                    raise not_github(self._github.api_url)
        return self._account

    def written_by(self, author: str, *, is_open: bool) -> Iterator[Issue]:
        """The issues that `author` wrote, open or closed, newest first; raises GitHubError.

        Source: https://docs.github.com/en/rest/issues/issues#list-repository-issues
        """
        state = "open" if is_open else "closed"
        for page in range(1, _MOST_PAGES + 1):
            parameters: dict[str, str | int] = {"creator": author, "state": state, "per_page": _PAGE}
            items = self._github.get(self._base, {**parameters, "page": page} if page > 1 else parameters)
            if not isinstance(items, list):
                raise not_github(self._github.api_url)
            for item in items:
                # The list includes pull requests.
                if not isinstance(item, dict) or "pull_request" not in item:
                    issue = self._read(item)
                    if issue.author.lower() == author.lower():
                        yield issue
            if len(items) < _PAGE:
                return

    def current_name(self, repository: str) -> str:
        """The full name that a repository has now, as GitHub knows its former ones; empty if it can't be read."""
        found = read_repository(self._github, repository)
        return found.full_name if isinstance(found, Repository) else ""

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
                # The author's account was deleted, so it is not ours.
                return Issue(number, "", "")
        raise not_github(self._github.api_url)


def _graphql(api_url: str) -> str:
    """The address of the GraphQL API; on a GitHub Enterprise Server it is next to `/api/v3`.

    Source: https://docs.github.com/en/enterprise-server/graphql/guides/forming-calls-with-graphql
    """
    return f"{api_url.rstrip('/').removesuffix('/v3')}/graphql"
