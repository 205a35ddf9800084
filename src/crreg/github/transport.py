"""How PyGithub's requests travel: bounded bodies, a deadline, and retries (docs/architecture.md#failure)."""

import random
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, cast

import requests
from github.GithubRetry import GithubRetry
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, RequestsResponse
from requests.exceptions import ChunkedEncodingError
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.response import BaseHTTPResponse

from crreg.deadline import Deadline
from crreg.github.opening import Openings, pool_classes

MAXIMUM_BODY = 4 * 1024 * 1024
"""Bytes of an answer that are read at most; a page of 100 repositories is under one MiB."""
_LARGEST_REFUSAL = 64 * 1024
"""Bytes of a refusal that are read at most; GitHub's have some hundred."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 20.0
RETRIES = 3
LONGEST_WAIT = 60.0
"""Seconds that a rate limit or a Retry-After is waited for at most."""
MOST_REDIRECTS = 5
_RETRIED = (429, 502, 503, 504)
RATE_LIMITED = (403, 429)
"""What is retried with these is a rate limit; no other 403 is."""
_LONGEST_TOLD = 10**9
"""Seconds of a Retry-After that are told as they are."""
_BROKEN_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError, ConnectionError)
_MOVED = 301
"""The redirect that PyGithub follows, for a repository that was renamed."""


@dataclass(frozen=True)
class Conditions:
    """What bounds every request of one client."""

    deadline: Deadline
    say: Callable[[str], None]
    """Tells the person who waits why it takes long."""
    openings: Openings | None = None
    """Connections that were opened ahead."""


class WaitTooLong(requests.RequestException):
    """GitHub asks to wait longer than the run may take."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"GitHub asks to wait {seconds:.0f} seconds")
        self.seconds = seconds


class BodyTooLarge(requests.RequestException):
    """An answer is larger than any that GitHub gives."""


class OutOfTime(requests.RequestException):
    """The run's time was used up while GitHub was answering."""


class KeepsFailing(requests.RequestException):
    """GitHub failed as often as it may, or there is no time left to ask it once more."""

    def __init__(self, status: int | None) -> None:
        super().__init__(f"GitHub keeps failing with {status}")
        self.status = status
        """Of the last answer; None where the connection broke."""


class RedirectsOnly(requests.RequestException):
    """GitHub redirects from one address to the next."""


class Retry(GithubRetry):
    """PyGithub's reading of rate limits, with jitter, a bound on each wait, and a word before it."""

    def __init__(self, conditions: Conditions | None = None, **options: Any) -> None:
        options.setdefault("total", RETRIES)
        # No connection at all, an untrusted certificate: asking again at once changes nothing.
        options.setdefault("connect", 0)
        options.setdefault("other", 0)
        options.setdefault("status_forcelist", list(_RETRIED))
        options.setdefault("allowed_methods", None)
        options.setdefault("backoff_factor", 0.5)
        options.setdefault("respect_retry_after_header", True)
        options.setdefault("retry_after_max", _LONGEST_TOLD)
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
        """Take one retry off; raises where there is none left, and where GitHub does not answer in time."""
        if isinstance(error, ReadTimeoutError):
            raise error
        if error is not None and _is_broken_off(error):
            error = ProtocolError("Connection broken.", error)
        try:
            retry: Any = super().increment(method, url, response, error, _pool, _stacktrace)
        except MaxRetryError:
            if response is None:
                raise
            response.close()
            raise KeepsFailing(response.status) from None
        if response is not None:
            # urllib3 would read the rest of it, however much that is.
            response.close()
        return cast("Retry", retry)

    @staticmethod
    def get_content(resp: BaseHTTPResponse, url: str) -> bytes:
        """Read the body of a 403 up to a bound; PyGithub, which tells rate limits by it, reads whatever comes."""
        del url
        try:
            return resp.read(_LARGEST_REFUSAL, decode_content=True)
        finally:
            resp.close()

    def get_backoff_time(self) -> float:
        """Seconds to wait where the server names none: exponential, with full jitter."""
        longest: float = super().get_backoff_time()
        return longest * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait as the server asks, else by backoff; raises WaitTooLong or KeepsFailing instead of waiting too long."""
        asked = self.get_retry_after(response) if response is not None else None
        seconds = asked or self.get_backoff_time()
        if self.conditions is None:
            super().sleep(response)
            return
        if seconds > min(LONGEST_WAIT, self.conditions.deadline.remaining):
            status = response.status if response is not None else None
            raise WaitTooLong(seconds) if asked or status in RATE_LIMITED else KeepsFailing(status)
        if seconds >= 1:
            self.conditions.say(f"GitHub asks to wait {seconds:.0f} s (rate limit or overload); waiting.")
        threading.Event().wait(seconds)


def _is_broken_off(error: Exception) -> bool:
    """Whether the connection broke within the first contact or within TLS, which urllib3 files under other things."""
    if isinstance(error, SSLError):
        return isinstance(error.args[0] if error.args else None, _BROKEN_TLS)
    return isinstance(error, NewConnectionError) and isinstance(error.__cause__, ConnectionResetError)


class _Exchange:
    """One request and its answer, for both of PyGithub's connection classes.

    PyGithub keeps the request between `request` and `getresponse` on the connection that all threads share,
    and reads bodies whole; here each thread has its own request, and a body is read up to a bound and a
    deadline.
    """

    conditions: Conditions

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pending = threading.local()
        openings = self.conditions.openings
        if openings is not None:
            connection: Any = self
            connection.adapter.poolmanager.pool_classes_by_scheme = pool_classes(openings)

    def request(self, verb: str, url: str, input: Any, headers: dict[str, str], stream: bool = False) -> None:  # noqa: A002, FBT001, FBT002 - PyGithub's signature
        del stream
        self._pending.value = (verb, url, input, headers)

    def getresponse(self) -> RequestsResponse:
        # What each POST makes must not be made twice.
        for attempt in range(RETRIES if self._pending.value[0] != "POST" else 0):
            try:
                return self._ask()
            except ChunkedEncodingError:
                # Broken off in the body, where urllib3 no longer sees it.
                wait = 0.5 * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing
                if wait > self.conditions.deadline.remaining:
                    raise
                threading.Event().wait(wait)
        return self._ask()

    def _ask(self) -> RequestsResponse:
        verb, url, body, headers = self._pending.value
        connection: Any = self
        deadline = self.conditions.deadline
        response = connection.session.request(
            verb,
            f"{connection.protocol}://{connection.host}:{connection.port}{url}",
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
        self._count_redirect(moved=response.status_code == _MOVED)
        # What `requests` itself does once a body has been read.
        response._content = content  # noqa: SLF001 - there is no public way to hand over a body read in bounds
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

    def _count_redirect(self, *, moved: bool) -> None:
        """PyGithub follows redirects for ever, each in the thread that asked; this counts those in a row."""
        self._pending.redirects = getattr(self._pending, "redirects", 0) + 1 if moved else 0
        if self._pending.redirects > MOST_REDIRECTS:
            raise RedirectsOnly


def connection_classes(
    conditions: Conditions,
) -> tuple[type[HTTPRequestsConnectionClass], type[HTTPSRequestsConnectionClass]]:
    """PyGithub's connection classes (http, https) under these conditions."""

    class Plain(_Exchange, HTTPRequestsConnectionClass):
        pass

    class Encrypted(_Exchange, HTTPSRequestsConnectionClass):
        pass

    Plain.conditions = conditions
    Encrypted.conditions = conditions
    return Plain, Encrypted
