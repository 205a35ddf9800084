"""How a request to GitHub fails, and what users read about it."""

import os
import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

import requests
from github import GithubException
from github.GithubException import RateLimitExceededException

from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.printable import spoken
from crreg.redaction.spelling import repeats

RATE_LIMITED = (403, 429)
"""A retried answer with one of these statuses is a rate limit; other 403 answers are not retried."""
GAVE_UP = (502, 504)
"""The statuses of an answer that took GitHub too long. A large query is then not repeated, but made smaller."""
_LONGEST_QUOTE = 200
_RESET = re.compile(r"[0-9]{1,11}")
SINGLE_SIGN_ON = "x-github-sso"
"""The header of a 403, or of an incomplete list, whose reason is an organization's SAML single sign-on.

Source: https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api
"""
_IP_ALLOW_LIST = "has an IP allow list enabled"
"""GitHub's words in a 403 for an address that an organization does not admit.

Source: https://github.com/aquasecurity/trivy/issues/10567
"""
_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class WaitTooLong(requests.RequestException):
    """GitHub asks for a longer wait than the run may take."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"GitHub asks to wait {seconds:.0f} seconds")
        self.seconds = seconds


class BodyTooLarge(requests.RequestException):
    """An answer is larger than is read."""


class OutOfTime(requests.RequestException):
    """The deadline passed while an answer was being read."""


class KeepsFailing(requests.RequestException):
    """The retries are used up, or there is no time for another."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"GitHub keeps failing with {status}")
        self.status = status
        """The status of the last answer; None if the connection broke."""


class RedirectsOnly(requests.RequestException):
    """GitHub sent too many redirects in a row."""


class NotWritten(requests.RequestException):
    """The answer to a write is of something in between, or a redirect that is not followed."""


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
_TOO_MUCH = (BodyTooLarge, requests.exceptions.Timeout, requests.exceptions.ChunkedEncodingError, OutOfTime)
"""Failures that a smaller answer may avoid."""


def quotable(message: str, token: str) -> str:
    """Return the part of GitHub's own words that can be quoted; empty if they contain the token."""
    return "" if repeats(message, [token]) else spoken(message[:_LONGEST_QUOTE])


def refusal_of(error: GithubException, token: str) -> GitHubError:
    """Return what users read about an answer that refuses; it never quotes `token`."""
    # The server may not be GitHub at all, and may echo the token.
    message = _message(error)
    says = quotable(message, token)
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
        sso = SINGLE_SIGN_ON in {name.lower() for name in error.headers or {}}
        denied = error.status == requests.codes.forbidden
        reason = Reason.SINGLE_SIGN_ON if sso and denied else None
        if denied and _IP_ALLOW_LIST in message:
            reason = Reason.IP_ALLOW_LIST
        return GitHubError(
            Cause.REFUSED, f"GitHub answered {error.status}{quoted}.", error.status, reason, says=says
        )
    if error.status >= requests.codes.internal_server_error:
        return GitHubError(Cause.UNREACHABLE, f"GitHub failed with {error.status}{quoted}.", error.status)
    return GitHubError(
        Cause.INVALID, f"GitHub refused the request with {error.status}{quoted}.", error.status
    )


def failure_of(error: Exception, api_url: str) -> GitHubError:
    """Return what users read about a request without an answer."""
    if isinstance(error, NotWritten):
        return not_github(api_url)
    wait = _caused_by(error, WaitTooLong)
    if wait is not None:
        return GitHubError(
            Cause.RATE_LIMITED,
            f"GitHub asks crreg to wait {wait.seconds:.0f} seconds before the next request, which is longer than "
            "this run can take.",
            wait=wait.seconds,
        )
    failing = _caused_by(error, KeepsFailing)
    if failing is not None and failing.status is not None:
        cause = Cause.RATE_LIMITED if failing.status in RATE_LIMITED else Cause.UNREACHABLE
        return GitHubError(
            cause,
            f"GitHub keeps failing with {failing.status} ({HTTPStatus(failing.status).phrase}).",
            failing.status,
            is_too_much=failing.status in GAVE_UP,
        )
    variable = _missing_authorities() if isinstance(error, OSError) else None
    if variable is not None:
        return GitHubError(
            Cause.UNREACHABLE,
            f"No request was sent to {api_url}: {variable} names a file that does not exist.",
            reason=Reason.NO_CA_FILE,
        )
    # The exception's own text can quote a header or a URL, so only its kind is reported.
    return GitHubError(
        Cause.UNREACHABLE,
        f"Could not reach {api_url}: {_kind(error)}.",
        is_too_much=isinstance(error, _TOO_MUCH),
    )


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
