"""GitHub's REST API through PyGithub's Requester, with errors that users can read."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import requests
from github import Auth, GithubException
from github.GithubException import RateLimitExceededException
from github.Requester import Requester

from crreg import __version__
from crreg.github.errors import Cause, GitHubError, Reason
from crreg.github.moment import date_of
from crreg.github.token import TokenKind, kind_of, token_expiry
from crreg.github.transport import (
    RATE_LIMITED,
    Conditions,
    KeepsFailing,
    OutOfTime,
    RedirectsOnly,
    Retry,
    WaitTooLong,
    connection_classes,
)
from crreg.net.concurrency import within
from crreg.net.deadline import Deadline
from crreg.redaction.spelling import repeats

API_VERSION = "2022-11-28"
DEFAULT_API_URL = "https://api.github.com"
# PyGithub logs each refusal to standard error by itself; here the caller reports it.
logging.getLogger("github").setLevel(logging.WARNING)

_PAGE = 100
_CONNECTIONS = 32
"""The most connections kept open: as many as there are concurrent writes."""
_MOST_PAGES = 100
_LONGEST_QUOTE = 200
_RESET = re.compile(r"[0-9]{1,11}")
_SINGLE_SIGN_ON = "x-github-sso"
"""The header of a 403 whose reason is an organization's SAML single sign-on.

Source: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
"""
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
Kind = TypeVar("Kind", bound=Exception)
_NOT_GITHUB = "the response is not from GitHub's API"
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (
        requests.exceptions.SSLError,
        "its certificate is not trusted (for a private CA, set SSL_CERT_FILE or REQUESTS_CA_BUNDLE)",
    ),
    (requests.exceptions.ProxyError, "the proxy refused the connection (see HTTPS_PROXY)"),
    (requests.exceptions.Timeout, "it did not answer in time"),
    (OutOfTime, "it did not answer in time"),
    (TimeoutError, "it did not answer in time"),
    (RedirectsOnly, "it keeps redirecting"),
    (
        requests.exceptions.ConnectionError,
        "the connection failed or was interrupted (wrong host, network down, or a firewall)",
    ),
    (requests.exceptions.ChunkedEncodingError, "the response was cut off"),
)
"""Exceptions and what users read about them; the first match counts."""


class GitHub:
    """One token's view of GitHub; safe to use from several threads."""

    def __init__(
        self,
        auth: Auth.Auth,
        *,
        api_url: str = DEFAULT_API_URL,
        kind: TokenKind,
        deadline: Deadline,
        say: Callable[[str], None],
    ) -> None:
        self.kind = kind
        self.api_url = api_url
        self.token_expires_at: datetime | None = None
        """When the token expires, according to the answers so far; None if they name no expiry."""
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
        api_url: str = DEFAULT_API_URL,
        deadline: Deadline,
        say: Callable[[str], None],
    ) -> "GitHub":
        """Create a client that uses this token; raises GitHubError if the token is malformed."""
        if not token.isascii() or any(
            character.isspace() or not character.isprintable() for character in token
        ):
            raise GitHubError(
                Cause.BAD_TOKEN,
                "The GitHub token contains a line break, a space or another character that tokens never contain.",
                reason=Reason.MALFORMED_TOKEN,
            )
        return cls(
            Auth.Token(token),
            api_url=api_url,
            kind=kind_of(token),
            deadline=deadline,
            say=say,
        )

    def get(self, path: str, parameters: dict[str, str | int] | None = None) -> Any:
        """GET one resource as decoded JSON; raises GitHubError."""
        return self.request("GET", path, parameters=parameters)

    def pages(
        self, path: str, key: str, *, sized: bool = True, size: int = _PAGE, whole: bool = False
    ) -> Iterator[dict[str, Any]]:
        """Yield every item of a paginated list whose pages hold `total_count` and the items under `key`.

        Pass `sized=False` for a list that takes no parameters according to GitHub's description; a second page is
        then requested only if the first is incomplete. Raises GitHubError; with `whole`, also if `total_count`
        exceeds the items that GitHub shows.
        """
        seen = 0
        for page in range(1, _MOST_PAGES + 1):
            parameters: dict[str, str | int] = {"per_page": size} if sized else {}
            answer = self.get(path, {**parameters, "page": page} if page > 1 else parameters)
            items = answer.get(key) if isinstance(answer, dict) else None
            if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
                raise GitHubError(
                    Cause.UNREACHABLE, f"{self.api_url} returned a response that is not from GitHub's API."
                )
            yield from items
            seen += len(items)
            total = answer.get("total_count")
            if isinstance(total, int) and seen >= total:
                return
            if not items or not isinstance(total, int):
                break
        if whole:
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

    def _exchange(
        self, verb: str, path: str, parameters: dict[str, str | int] | None, body: Any | None
    ) -> tuple[dict[str, Any], Any]:
        def send() -> tuple[dict[str, Any], Any]:
            headers, data = self._requester.requestJsonAndCheck(
                verb,
                path,
                parameters=parameters,
                headers={"Accept": "application/vnd.github+json"},
                input=body,
            )
            self.token_expires_at = token_expiry(headers) or self.token_expires_at
            return headers, data

        remaining = self._deadline.remaining
        if not remaining:
            raise GitHubError(
                Cause.UNREACHABLE, f"No request was sent to {self.api_url}: the time limit was reached."
            )
        try:
            return within(remaining, send)
        except GithubException as error:
            raise self._refusal(error) from None
        except Exception as error:  # noqa: BLE001 - an answer of another shape makes PyGithub raise anything
            raise self._failure(error) from None

    def close(self) -> None:
        """Close the connections."""
        self._requester.close()

    def _refusal(self, error: GithubException) -> GitHubError:
        # The server may not be GitHub at all, and may echo the token.
        message = _message(error)
        says = "" if repeats(message, [self._auth.token]) else message[:_LONGEST_QUOTE]
        quoted = f' ("{says}")' if says else ""
        if isinstance(error, RateLimitExceededException) or error.status == requests.codes.too_many_requests:
            return GitHubError(
                Cause.RATE_LIMITED,
                f"GitHub's rate limit for this token is used up{_reset(error)}{quoted}.",
                error.status,
            )
        if error.status == requests.codes.unauthorized:
            return GitHubError(
                Cause.BAD_TOKEN,
                f"GitHub does not accept the token (401){quoted}: it is mistyped, expired or revoked.",
                error.status,
            )
        if error.status in (requests.codes.forbidden, requests.codes.not_found):
            sso = _SINGLE_SIGN_ON in {name.lower() for name in error.headers or {}}
            denied = error.status == requests.codes.forbidden
            reason = Reason.SINGLE_SIGN_ON if sso and denied else None
            return GitHubError(
                Cause.REFUSED, f"GitHub answered {error.status}{quoted}.", error.status, reason, says=says
            )
        if error.status >= requests.codes.internal_server_error:
            return GitHubError(Cause.UNREACHABLE, f"GitHub failed with {error.status}{quoted}.", error.status)
        return GitHubError(
            Cause.INVALID, f"GitHub refused the request with {error.status}{quoted}.", error.status
        )

    def _failure(self, error: Exception) -> GitHubError:
        wait = _caused_by(error, WaitTooLong)
        if wait is not None:
            return GitHubError(
                Cause.RATE_LIMITED,
                f"GitHub asks crreg to wait {wait.seconds:.0f} seconds before the next request, which is longer than "
                "this run can take.",
            )
        failing = _caused_by(error, KeepsFailing)
        if failing is not None and failing.status is not None:
            cause = Cause.RATE_LIMITED if failing.status in RATE_LIMITED else Cause.UNREACHABLE
            return GitHubError(
                cause,
                f"GitHub keeps failing with {failing.status} ({HTTPStatus(failing.status).phrase}).",
                failing.status,
            )
        variable = _missing_authorities() if isinstance(error, OSError) else None
        if variable is not None:
            return GitHubError(
                Cause.UNREACHABLE,
                f"No request was sent to {self.api_url}: {variable} names a file that does not exist.",
                reason=Reason.NO_CA_FILE,
            )
        # The exception's own text can quote a header or a URL, so only its kind is reported.
        return GitHubError(Cause.UNREACHABLE, f"Could not reach {self.api_url}: {_kind(error)}.")


def _missing_authorities() -> str | None:
    """Return the environment variable that names a CA file that does not exist; None if there is none."""
    given = ((name, os.environ.get(name)) for name in _AUTHORITIES)
    return next((name for name, path in given if path and not Path(path).exists()), None)


def _message(error: GithubException) -> str:
    data = error.data
    message = data.get("message") if isinstance(data, dict) else None
    return message if isinstance(message, str) else ""


def _reset(error: GithubException) -> str:
    reset = (error.headers or {}).get("x-ratelimit-reset", "")
    if not _RESET.fullmatch(reset):
        return ""
    return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"


def _caused_by(error: BaseException | None, kind: type[Kind]) -> Kind | None:
    while error is not None:
        if isinstance(error, kind):
            return error
        error = error.__cause__ or error.__context__
    return None


def _kind(error: Exception) -> str:
    return next((words for kind, words in _KINDS if isinstance(error, kind)), _NOT_GITHUB)
