"""GitHub's REST API through PyGithub's Requester, with errors that users can read."""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from github import Auth, GithubException
from github.Requester import Requester
from requests.utils import parse_header_links

from crreg import __version__
from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.failures import SINGLE_SIGN_ON, failure_of, quotable, refusal_of
from crreg.github.moment import date_of
from crreg.github.pacing import Api, Pacing, paced, points_of
from crreg.github.renewed_token import RenewedToken
from crreg.github.token import TokenKind, granted_scopes, kind_of, token_expiry
from crreg.github.transport import Conditions, Retry, connection_classes
from crreg.net.concurrency import within
from crreg.net.deadline import Deadline
from crreg.net.github_hosts import API_URL

API_VERSION = "2022-11-28"
# PyGithub logs each refusal to standard error by itself; here the caller reports it.
logging.getLogger("github").setLevel(logging.WARNING)

_ENTERPRISE_SERVER = "x-github-enterprise-version"
"""The header of every answer of a GitHub Enterprise Server, and of no other GitHub.

Source: https://github.com/github/docs/blob/main/content/rest/using-the-rest-api/getting-started-with-the-rest-api.md
"""
_PAGE = 100
_CONNECTIONS = 32
"""The most connections kept open: as many as there are concurrent writes."""
_MOST_PAGES = 100


class Answers(Protocol):
    """Earlier answers of GitHub, which only has to say that one still holds."""

    def known(self, path: str) -> tuple[str, Any] | None:
        """Return the ETag and the decoded body of the last answer for a path and query; None if there is none."""

    def note(self, path: str, etag: str, body: Any) -> None:
        """Remember an answer."""


class GitHub:
    """One token's view of GitHub; safe to use from several threads."""

    def __init__(
        self,
        auth: Auth.Auth,
        *,
        api_url: str = API_URL,
        kind: TokenKind,
        deadline: Deadline,
        say: Callable[[str], None],
        pacing: Pacing | None = None,
        answers: Answers | None = None,
    ) -> None:
        """Store how to connect; nothing is sent yet.

        Args:
            auth: the credentials.
            api_url: the address of the REST API.
            kind: the kind of token.
            deadline: when every request must have ended.
            say: called with a message for the user before a long wait.
            pacing: keeps the requests of this and other clients of the token within GitHub's limits.
            answers: earlier answers to GET requests, and where to keep new ones; None to ask for everything.
        """
        self.kind = kind
        self._answers = answers
        self.pacing = pacing
        self.api_url = api_url
        self.token_expires_at: datetime | None = None
        """When the token expires, according to the answers so far; None if they name no expiry."""
        self.scopes: frozenset[str] | None = None
        """The token's scopes, according to the last answer that names them; None for tokens without scopes."""
        self.is_enterprise_server = False
        """Whether an answer came from a GitHub Enterprise Server, which has no Codespaces."""
        self._auth = auth
        self._deadline = deadline
        conditions = Conditions(deadline, say)
        # A Requester keeps the connection classes that are set on its class when it is created.
        Requester.injectConnectionClasses(*connection_classes(conditions))
        try:
            self._requester = Requester(
                auth=auth,
                base_url=api_url.rstrip("/"),
                timeout=30,
                user_agent=f"crreg/{__version__}",
                per_page=_PAGE,
                verify=True,
                retry=Retry(conditions),
                pool_size=_CONNECTIONS,
                api_version=API_VERSION,
            )
        finally:
            Requester.resetConnectionClasses()

    @classmethod
    def with_token(
        cls,
        token: str,
        *,
        api_url: str = API_URL,
        deadline: Deadline,
        say: Callable[[str], None],
        pacing: Pacing | None = None,
        answers: Answers | None = None,
        renew: Callable[[], str] | None = None,
    ) -> "GitHub":
        """Create a client that uses this token; raises GitHubError if the token is malformed.

        `renew` mints another token when this one is about to expire; None for a token that lasts.
        """
        if not token.isascii() or any(
            character.isspace() or not character.isprintable() for character in token
        ):
            raise GitHubError(
                Cause.BAD_TOKEN,
                "The GitHub token contains a line break, a space or another character that tokens never contain.",
                reason=Reason.MALFORMED_TOKEN,
            )
        return cls(
            Auth.Token(token) if renew is None else RenewedToken(token, renew),
            api_url=api_url,
            kind=kind_of(token),
            deadline=deadline,
            say=say,
            pacing=pacing,
            answers=answers,
        )

    def get(self, path: str, parameters: dict[str, str | int] | None = None) -> Any:
        """GET one resource as decoded JSON; raises GitHubError.

        With an earlier answer, the request is conditional. GitHub does not count one that it answers with 304.
        Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        """
        return self._read(path, parameters)[1]

    def _read(
        self, path: str, parameters: dict[str, str | int] | None, *, afresh: bool = False
    ) -> tuple[dict[str, Any], Any]:
        """GET one resource as `get` does, or without earlier answers; returns the headers as well."""
        if afresh or self._answers is None:
            return self._exchange("GET", path, parameters, None)
        place = f"{path}?{urlencode(sorted((parameters or {}).items()))}"
        known = self._answers.known(place)
        headers, body = self._exchange("GET", path, parameters, None, etag=known[0] if known else None)
        if known is not None and body is None:
            return headers, known[1]
        if isinstance(etag := headers.get("etag"), str):
            self._answers.note(place, etag, body)
        return headers, body

    def pages(
        self,
        path: str,
        key: str,
        *,
        sized: bool = True,
        size: int = _PAGE,
        whole: bool = False,
        partial: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Yield every item of a paginated list whose pages hold `total_count` and the items under `key`.

        It ends where neither `total_count` nor the header `Link` says that there is more. Pass `sized=False` for a list
        that takes no parameters according to GitHub's description. Raises GitHubError; unless it may be `partial`,
        also if GitHub shows less than it counts. With `whole`, also if it does not count, or leaves out organizations.

        Source: https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        seen = 0
        for page in range(1, _MOST_PAGES + 1):
            parameters: dict[str, str | int] = {"per_page": size} if sized else {}
            parameters |= {"page": page} if page > 1 else {}
            headers, answer = self._read(path, parameters, afresh=whole)
            if whole and headers.get(SINGLE_SIGN_ON, "").startswith("partial-results"):
                raise GitHubError(
                    Cause.REFUSED,
                    "GitHub does not show entries of organizations whose single sign-on the token is not authorized "
                    "for.",
                    reason=Reason.SINGLE_SIGN_ON,
                )
            items = answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise not_github(self.api_url)
            yield from items
            seen += len(items)
            total = answer.get("total_count")
            if _has_next(headers):
                continue
            if seen >= total if isinstance(total, int) else not whole:
                return
            if not items or not isinstance(total, int):
                break
        if not partial:
            raise GitHubError(Cause.REFUSED, f"GitHub shows this token only {seen} entries of a longer list.")

    def request(
        self, verb: str, path: str, *, parameters: dict[str, str | int] | None = None, body: Any | None = None
    ) -> Any:
        """Send one request and decode the JSON of its answer before the deadline; raises GitHubError."""
        return self._exchange(verb, path, parameters, body)[1]

    def put(self, path: str, body: Any | None = None) -> datetime | None:
        """PUT one resource; returns the `Date` of the answer, None if it has none. Raises GitHubError."""
        headers, _ = self._exchange("PUT", path, None, body)
        return date_of(headers.get("date"))

    def query(self, document: str, variables: Mapping[str, Any]) -> Any:
        """POST a GraphQL query that only reads, and decode its answer; see `GraphQL.query`."""
        body = {"query": document, "variables": dict(variables)}
        return self._exchange("POST", self._requester.graphql_url, None, body)[1]

    def quotable(self, message: str) -> str:
        """Return the part of GitHub's own words that can be quoted; empty if they contain the token."""
        return quotable(message, self._auth.token)

    def _exchange(
        self,
        verb: str,
        path: str,
        parameters: dict[str, str | int] | None,
        body: Any | None,
        *,
        etag: str | None = None,
    ) -> tuple[dict[str, Any], Any]:
        conditional = {"If-None-Match": etag} if etag is not None else {}

        def send() -> tuple[dict[str, Any], Any]:
            headers, data = self._requester.requestJsonAndCheck(
                verb,
                path,
                parameters=parameters,
                headers={"Accept": "application/vnd.github+json", **conditional},
                input=body,
            )
            self._learn(headers)
            return headers, data

        api = Api.GRAPHQL if path == self._requester.graphql_url else Api.REST
        points = points_of(verb, api)
        while True:
            try:
                with paced(self.pacing, api, points, self._deadline) as answered:
                    headers, data = self._in_time(send)
                    answered(headers)
                    if etag is not None and data is None and self.pacing is not None:
                        self.pacing.uncount(api)
                    return headers, data
            except GitHubError as error:
                # A request that GitHub refused because of a limit changed nothing, so even a POST can be repeated.
                if points == 1 or not (error.wait and self.pacing):
                    raise
                if not self.pacing.postpone(error.wait, self._deadline):
                    raise

    def _in_time(self, send: Callable[[], tuple[dict[str, Any], Any]]) -> tuple[dict[str, Any], Any]:
        remaining = self._deadline.remaining
        if not remaining:
            raise GitHubError(
                Cause.UNREACHABLE,
                f"No request was sent to {self.api_url}: the time limit was reached.",
                is_unsent=True,
            )
        try:
            return within(remaining, send)
        except GitHubError:
            # The token could not be renewed.
            raise
        except GithubException as error:
            headers = {name.lower(): value for name, value in (error.headers or {}).items()}
            self._learn(headers)
            raise refusal_of(error, self._auth.token) from None
        except Exception as error:  # noqa: BLE001 - an answer of another shape makes PyGithub raise anything
            raise failure_of(error, self.api_url) from None

    def _learn(self, headers: Mapping[str, str]) -> None:
        """Keep what the headers of an answer, with names in lower case, say of the token and the server."""
        self.token_expires_at = token_expiry(headers) or self.token_expires_at
        self.scopes = granted_scopes(headers) or self.scopes
        self.is_enterprise_server = self.is_enterprise_server or _ENTERPRISE_SERVER in headers

    def close(self) -> None:
        """Close the connections."""
        self._requester.close()


def _has_next(headers: Mapping[str, Any]) -> bool:
    """Whether the headers of a page, with names in lower case, name a next one."""
    return any(link.get("rel") == "next" for link in parse_header_links(str(headers.get("link", ""))))
