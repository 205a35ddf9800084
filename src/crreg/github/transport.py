"""How PyGithub's requests travel: bounded bodies, a deadline, and retries as the design sets them."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from github.GithubRetry import GithubRetry
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, RequestsResponse
from urllib3.response import BaseHTTPResponse

from crreg.deadline import Deadline

MAXIMUM_BODY = 16 * 1024 * 1024
"""Bytes of an answer that are read at most; a page of 100 repositories is under one MiB."""
CONNECT_TIMEOUT = 10.0
READ_TIMEOUT = 20.0
RETRIES = 3
LONGEST_WAIT = 60.0
"""Seconds that a rate limit or a Retry-After is waited for at most."""
_RETRIED = (429, 502, 503, 504)


@dataclass(frozen=True)
class Conditions:
    """What bounds every request of one client."""

    deadline: Deadline
    say: Callable[[str], None]
    """Tells the person who waits why it takes long."""


class WaitTooLong(requests.RequestException):
    """GitHub asks to wait longer than the run may take."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"GitHub asks to wait {seconds:.0f} seconds")
        self.seconds = seconds


class BodyTooLarge(requests.RequestException):
    """An answer is larger than any that GitHub gives."""


class OutOfTime(requests.RequestException):
    """The run's time was used up while GitHub was answering."""


class Retry(GithubRetry):
    """PyGithub's reading of rate limits, with jitter, a bound on each wait, and a word before it."""

    def __init__(self, conditions: Conditions | None = None, **options: Any) -> None:
        options.setdefault("total", RETRIES)
        options.setdefault("status_forcelist", list(_RETRIED))
        options.setdefault("allowed_methods", None)
        options.setdefault("backoff_factor", 0.5)
        options.setdefault("respect_retry_after_header", True)
        super().__init__(**options)
        self.conditions = conditions

    def new(self, **changes: Any) -> "Retry":
        """Copy, as urllib3 does before every retry."""
        changes["conditions"] = self.conditions
        return super().new(**changes)

    def get_backoff_time(self) -> float:
        """Seconds to wait where the server names none: exponential, with full jitter."""
        longest: float = super().get_backoff_time()
        return longest * random.uniform(0.5, 1.5)  # noqa: S311 - spreads load, guards nothing

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait as the server asks, else by backoff; raises WaitTooLong instead of waiting beyond a bound."""
        asked = self.get_retry_after(response) if response is not None else None
        seconds = asked or self.get_backoff_time()
        if self.conditions is None:
            super().sleep(response)
            return
        if seconds > min(LONGEST_WAIT, self.conditions.deadline.remaining):
            raise WaitTooLong(seconds)
        if seconds >= 1:
            self.conditions.say(f"GitHub asks to wait {seconds:.0f} s (rate limit or overload); waiting.")
        threading.Event().wait(seconds)


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

    def request(self, verb: str, url: str, input: Any, headers: dict[str, str], stream: bool = False) -> None:  # noqa: A002, FBT001, FBT002 - PyGithub's signature
        del stream
        self._pending.value = (verb, url, input, headers)

    def getresponse(self) -> RequestsResponse:
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
            content = bytearray()
            for chunk in response.iter_content(65536):
                content += chunk
                if len(content) > MAXIMUM_BODY:
                    raise BodyTooLarge
                if not deadline.remaining:
                    raise OutOfTime
        finally:
            if not response.raw.isclosed():
                response.close()
        # What `requests` itself does once a body has been read.
        response._content = bytes(content)  # noqa: SLF001 - there is no public way to hand over a body read in bounds
        return RequestsResponse(response)


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
