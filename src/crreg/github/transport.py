"""The HTTP layer under PyGithub: bounded bodies, a deadline, and limited retries."""

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice
from types import TracebackType
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from github.GithubRetry import GithubRetry
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, RequestsResponse
from requests.exceptions import ChunkedEncodingError
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.response import BaseHTTPResponse

from crreg.github.failures import (
    GAVE_UP,
    RATE_LIMITED,
    BodyTooLarge,
    KeepsFailing,
    NotWritten,
    OutOfTime,
    RedirectsOnly,
    WaitTooLong,
)
from crreg.net.deadline import Deadline
from crreg.net.request_log import Exchange
from crreg.net.retry import LONGEST_SECONDS, RETRIED_STATUSES, RETRIES, asked_seconds, pauses
from crreg.net.urls import bracketed

MAXIMUM_BODY = 4 * 1024 * 1024
"""The most bytes read of an answer; a page of 100 repositories is under one MiB."""
_LARGEST_REFUSAL = 64 * 1024
"""The most bytes read of a refusal; GitHub's have a few hundred."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 20.0
MOST_REDIRECTS = 5
_QUERIES = "/graphql"
"""The end of the path of queries. crreg sends no mutations, so its POSTs to it only read."""
_TOKENS = "/access_tokens"
"""The end of the path where an App gets a token; a second one does no harm."""
_BROKEN_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ConnectionError)
_MOVED = 301
"""The redirect that PyGithub follows on the same host: GitHub's for reading a repository that was renamed."""
_TEMPORARY = (307, 308)
"""GitHub's redirect of such a write, which is to be repeated too (users: VirtusLab/git-machete, issue 597)."""


@dataclass(frozen=True)
class Conditions:
    """The limits of every request of one client."""

    deadline: Deadline
    say: Callable[[str], None]
    """Called with a message for the user before a long wait."""
    asking: threading.local = field(default_factory=threading.local, repr=False, compare=False)
    """Its `exchange` is the request that this thread is sending, for the retries of urllib3."""

    @property
    def exchange(self) -> Exchange | None:
        """The request that this thread is sending; None before the first."""
        found: Exchange | None = getattr(self.asking, "exchange", None)
        return found


class Retry(GithubRetry):
    """PyGithub's retries with jitter, a limit on each wait, and a message before it."""

    def __init__(self, conditions: Conditions | None = None, **options: Any) -> None:
        options.setdefault("total", RETRIES)
        # Retrying at once does not help against a refused connection or an untrusted certificate.
        options.setdefault("connect", 0)
        options.setdefault("other", 0)
        options.setdefault("status_forcelist", list(RETRIED_STATUSES))
        options.setdefault("allowed_methods", None)
        super().__init__(**options)
        self.conditions = conditions

    def new(self, **changes: Any) -> "Retry":
        """Copy, as urllib3 does before every retry."""
        changes["conditions"] = self.conditions
        return super().new(**changes)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: Any = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> "Retry":
        """Use up one retry; raises if none is left, or if GitHub did not answer in time."""
        self._log(response, error)
        if isinstance(error, ReadTimeoutError):
            raise error
        if response is not None and _is_last(method, url, response.status):
            response.close()
            raise KeepsFailing(response.status)
        if error is not None and _is_broken_off(error):
            error = ProtocolError("Connection broken.", error)
        if isinstance(error, ProtocolError) and _is_last(method, url, None):
            raise error
        try:
            retry: Any = super().increment(method, url, response, error, _pool, _stacktrace)
        except MaxRetryError:
            if response is None:
                raise
            response.close()
            raise KeepsFailing(response.status) from None
        if response is not None:
            # Otherwise urllib3 would read the rest of the body, however long it is.
            response.close()
        return cast("Retry", retry)

    @staticmethod
    def get_content(resp: BaseHTTPResponse, url: str) -> bytes:
        """Read the body of a 403 up to a limit; PyGithub would read all of it to recognize a rate limit."""
        del url
        try:
            return resp.read(_LARGEST_REFUSAL, decode_content=True)
        finally:
            resp.close()

    def parse_retry_after(self, retry_after: str) -> float:
        """Return the seconds that GitHub asks to wait; 0 if the header is malformed, which urllib3 would raise for."""
        return asked_seconds(retry_after, time.time()) or 0.0

    def get_backoff_time(self) -> float:
        """Seconds to wait if the server names none."""
        retries = sum(each.redirect_location is None for each in self.history)
        return next(islice(pauses(), max(0, retries - 1), None), LONGEST_SECONDS)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait as long as the server asks, or back off; raises WaitTooLong or KeepsFailing if that is too long."""
        asked = self.get_retry_after(response) if response is not None else None
        seconds = asked or self.get_backoff_time()
        if self.conditions is None:
            super().sleep(response)
            return
        if seconds > min(LONGEST_SECONDS, self.conditions.deadline.remaining):
            status = response.status if response is not None else None
            raise WaitTooLong(seconds) if asked or status in RATE_LIMITED else KeepsFailing(status)
        if seconds >= 1:
            why = "as GitHub asked (rate limit or overload)" if asked else "since GitHub failed or broke off"
            self.conditions.say(f"Waiting {seconds:.0f} s, {why}.")
        threading.Event().wait(seconds)
        if exchange := self.conditions.exchange:
            exchange.restart()

    def _log(self, response: BaseHTTPResponse | None, error: Exception | None) -> None:
        exchange = self.conditions.exchange if self.conditions is not None else None
        if exchange is not None and response is not None:
            exchange.answered(response.status, response.tell())
        elif exchange is not None and error is not None:
            exchange.failed(error)


def _is_last(method: str | None, url: str | None, status: int | None) -> bool:
    """Whether a request is left after that answer, or after its connection broke: it may have created something."""
    if (url or "").endswith(_QUERIES):
        return status in GAVE_UP
    return method == "POST" and not (url or "").endswith(_TOKENS) and status not in RATE_LIMITED


def _is_of_a_write(verb: str, status: int, content: bytes) -> bool:
    """Whether GitHub may have given this answer to a write: 201 or 204, or JSON with 200, but not to a PUT.

    A portal's page has 200 or 302, too, and a gateway's JSON may have 200.
    Source: npm `@octokit/openapi`, `generated/api.github.com.json`
    """
    is_json = verb != "PUT" and content.lstrip()[:1] in {b"{", b"["}
    kept = {HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.MOVED_PERMANENTLY}
    return status in kept or status >= HTTPStatus.BAD_REQUEST or (status == HTTPStatus.OK and is_json)


def _is_broken_off(error: Exception) -> bool:
    """Whether the connection broke while connecting or within TLS, which urllib3 reports as other errors."""
    if isinstance(error, SSLError):
        return isinstance(error.args[0] if error.args else None, _BROKEN_TLS)
    return isinstance(error, NewConnectionError) and isinstance(error.__cause__, ConnectionResetError)


class _Exchange:
    """One request and its answer, for both of PyGithub's connection classes.

    PyGithub stores the request on a connection that all threads share, and reads whole bodies. Here each thread has
    its own request, and a size limit and a deadline apply to the body.
    """

    conditions: Conditions

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pending = threading.local()

    def request(self, verb: str, url: str, input: Any, headers: dict[str, str], stream: bool = False) -> None:  # noqa: A002, FBT001, FBT002 - PyGithub's signature
        del stream
        if url == getattr(self._pending, "moved_to", None):
            # PyGithub follows a redirect without the query, and so would read the first page of a list twice.
            url = urlsplit(self._pending.value[1])._replace(path=url).geturl()
        self._pending.value = (verb, url, input, headers)

    def getresponse(self) -> RequestsResponse:
        verb, url, *_ = self._pending.value
        for seconds in () if _is_last(verb, url, None) else pauses():
            try:
                return self._ask()
            except ChunkedEncodingError:
                # The connection broke within the body, where urllib3 does not retry.
                if seconds > self.conditions.deadline.remaining:
                    raise
                threading.Event().wait(seconds)
        return self._ask()

    def _ask(self) -> RequestsResponse:
        verb, url, body, headers = self._pending.value
        connection: Any = self
        deadline = self.conditions.deadline
        address = f"{connection.protocol}://{bracketed(connection.host)}:{connection.port}{url}"
        exchange = self.conditions.asking.exchange = Exchange.to(verb, address)
        with exchange:
            response = connection.session.request(
                verb,
                address,
                headers=headers,
                data=body,
                timeout=(deadline.bound(CONNECT_TIMEOUT), deadline.bound(READ_TIMEOUT)),
                verify=connection.verify,
                allow_redirects=False,
                stream=True,
            )
            try:
                content = self._read(response)
            finally:
                if not response.raw.isclosed():
                    response.close()
        exchange.answered(response.status_code, response.raw.tell())
        if response.status_code in _TEMPORARY:
            response.status_code = _MOVED
        self._note_redirect(response)
        if verb != "GET" and not _is_of_a_write(verb, response.status_code, content):
            raise NotWritten
        # `requests` itself sets this once a body has been read.
        response._content = content  # noqa: SLF001 - there is no public way to set a body that was read here
        return RequestsResponse(response)

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(65536):
            content += chunk
            if len(content) > MAXIMUM_BODY:
                raise BodyTooLarge
            if not self.conditions.deadline.remaining:
                raise OutOfTime
        return bytes(content)

    def _note_redirect(self, response: requests.Response) -> None:
        """Count redirects in a row, as PyGithub follows them without limit, in the thread of the request."""
        moved = response.status_code == _MOVED
        self._pending.moved_to = urlsplit(response.headers.get("Location", "")).path if moved else None
        self._pending.redirects = getattr(self._pending, "redirects", 0) + 1 if moved else 0
        if self._pending.redirects > MOST_REDIRECTS:
            raise RedirectsOnly


def connection_classes(
    conditions: Conditions,
) -> tuple[type[HTTPRequestsConnectionClass], type[HTTPSRequestsConnectionClass]]:
    """Return PyGithub's connection classes (http, https) with these limits."""

    class Plain(_Exchange, HTTPRequestsConnectionClass):
        pass

    class Encrypted(_Exchange, HTTPSRequestsConnectionClass):
        pass

    Plain.conditions = conditions
    Encrypted.conditions = conditions
    return Plain, Encrypted
