"""Send requests to AWS with a deadline, a size limit for responses, and crreg's own retries."""

import contextlib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ConnectionError, HTTPClientError  # noqa: A004 - botocore's own
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, IncompleteRead

from crreg.net.deadline import Deadline
from crreg.net.request_log import Exchange
from crreg.net.retry import RETRIED_STATUSES, RETRIES, pause

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
ONCE = Config(retries={"total_max_attempts": 1, "mode": "standard"})
"""Turns off botocore's own retries, which ignore Retry-After."""
THROTTLED = frozenset(
    {"RequestLimitExceeded", "Throttling", "ThrottlingException", "TooManyRequestsException"}
)
"""AWS's codes for too many requests, which come with status 400 from some services."""
_PASSING_STATUSES = RETRIED_STATUSES | {HTTPStatus.INTERNAL_SERVER_ERROR}
"""AWS's own clients also retry 500 (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html)."""


class AnswerTooLarge(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """AWS's response is larger than any token."""


@dataclass(frozen=True, slots=True)
class Wire:
    """Sends botocore's prepared requests in place of botocore, which sets no limit on a response's size."""

    deadline: Deadline
    verify: str | None
    """File of trusted certificate authorities; None for botocore's own."""

    def attach(self, client: Any) -> None:
        """Make a service's client send its requests through this."""
        client.meta.events.register("before-send", self.send)
        client.meta.events.register("needs-retry", self.wait)

    def send(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        """Send one request.

        Raises:
            AnswerTooLarge: the response is too large. Other errors are those of botocore.
        """
        session = URLLib3Session(
            verify=self.verify or True,  # type: ignore[arg-type] # the stubs know no file, botocore does
            proxies=get_environ_proxies(request.url),
            timeout=(  # type: ignore[arg-type] # the stubs know one number for both, botocore a pair
                self.deadline.bound(_CONNECT_SECONDS),
                self.deadline.bound(_READ_SECONDS),
            ),
        )
        # botocore leaves the body unread, so that it can be read here.
        request.stream_output = True
        exchange = Exchange.to(str(request.method), str(request.url))
        with contextlib.closing(session), exchange:
            answer = session.send(request)
            try:
                body = _read(answer.raw)
            except HTTPError as error:
                raise ConnectionClosedError(endpoint_url=request.url, request=request, error=error) from None
            finally:
                answer.raw.close()
        exchange.answered(answer.status_code, answer.raw.tell())
        headers: Any = answer.headers
        return AWSResponse(answer.url, answer.status_code, headers, _Body(body))

    def wait(
        self,
        attempts: int,
        response: tuple[AWSResponse, dict[str, Any]] | None,
        caught_exception: Exception | None,
        **_: object,
    ) -> float | None:
        """Return the seconds that botocore waits before it sends a request again; None for no retry.

        `attempts` counts from 1. botocore passes either a response or an exception.
        """
        if attempts > RETRIES or not _is_passing(response, caught_exception):
            return None
        asked = response[0].headers.get("Retry-After") if response is not None else None
        seconds = pause(attempts - 1, asked, random.random(), time.time())  # noqa: S311 - spreads load, guards nothing
        return seconds if seconds is not None and seconds < self.deadline.remaining else None


def _is_passing(response: tuple[AWSResponse, dict[str, Any]] | None, error: Exception | None) -> bool:
    if response is None:
        return isinstance(error, ConnectionError | HTTPClientError)
    status, code = response[0].status_code, response[1].get("Error", {}).get("Code")
    return status in _PASSING_STATUSES or code in THROTTLED


@dataclass(frozen=True, slots=True)
class _Body:
    """A response body in the form that botocore reads."""

    content: bytes = field(repr=False)

    def stream(self) -> Iterator[bytes]:
        yield self.content


def _read(raw: Any) -> bytes:
    body = bytearray()
    while chunk := raw.read1(_CHUNK):
        body += chunk
        if len(body) > _LARGEST_BODY:
            raise AnswerTooLarge
    # botocore turns off urllib3's length check, because it checks the length itself while streaming.
    if raw.length_remaining:
        raise IncompleteRead(len(body), raw.length_remaining)
    return bytes(body)
