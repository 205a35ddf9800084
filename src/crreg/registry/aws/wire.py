"""Send requests to AWS with a deadline and a size limit for responses."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError, IncompleteRead

from crreg.net.deadline import Deadline
from crreg.net.request_log import Exchange

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 10.0
_LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024


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
