"""Headers and bodies of servers: challenges, waits, errors."""

import math
import socket
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse

from fuzz.target import ensure, target
from urllib3 import HTTPHeaderDict

from crreg.github.token import token_expiry
from crreg.net.retry import pause
from crreg.registry.challenge import seen_by_docker
from crreg.registry.errors import passing_fault, quote
from crreg.registry.transport.answer import Response
from crreg.registry.transport.reply import Reply

_NOW = 1_800_000_000.0
_LONGEST_WAIT = 80.0
_LONGEST_QUOTE = 200


@target("challenge", longest=2048)
def challenge(value: str) -> None:
    """A challenge has a scheme, and every parameter a value."""
    for found in seen_by_docker([value, value]):
        ensure(found.scheme and found.scheme == found.scheme.lower(), "a scheme is not in lower case")
        ensure(all(found.parameters.values()), "a parameter has no value")


@target("retry-after", longest=128)
def retry_after(value: str) -> None:
    """A wait is a number of seconds, and at most as long as a run can wait."""
    for attempt in range(4):
        seconds = pause(attempt, value, 0.5, _NOW)
        ensure(
            seconds is None or (math.isfinite(seconds) and 0 <= seconds <= _LONGEST_WAIT),
            "nobody waits so long",
        )


@target("error-body", longest=4096)
def error_body(body: bytes, retry: str) -> None:
    """A quotation is one short printable line."""
    text = quote(body, ())
    ensure(len(text) <= _LONGEST_QUOTE and text.isprintable(), "the quotation is no short line")
    for status in (429, 503):
        response = Response(status, HTTPHeaderDict({"Retry-After": retry}), body)
        fault = passing_fault(response, "registry.example", text, ())
        ensure(fault is not None and fault.detail.isprintable(), "the error is no line")


@target("token-expiry", longest=128)
def expiry(value: str) -> None:
    """A timestamp has a time zone."""
    moment = token_expiry({"github-authentication-token-expiration": value})
    ensure(moment is None or moment.tzinfo is not None, "the moment has no zone")


@target("response-head", longest=4096)
def response_head(method: str, received: bytes) -> None:
    """A connection is kept only where http.client finds the same end of the response."""
    kept, other = (_end_of_kept(kind, method, received) for kind in (Reply, HTTPResponse))
    if kept is not None and other is not None:
        # http.client takes an announcement such as 103 for the response.
        ensure(kept == other or HTTPStatus.PROCESSING <= other[0] < HTTPStatus.OK, "the end is elsewhere")


def _end_of_kept(
    kind: type[HTTPResponse], method: str, received: bytes
) -> tuple[int, bool, int | None] | None:
    """The status and the end of a response after which the connection is kept."""
    near, far = socket.socketpair()
    with far:
        far.sendall(received)
    with near:
        reply = kind(near, method=method)
    with reply:
        try:
            reply.begin()
        except HTTPException:
            return None
        return (
            None if reply.will_close else (reply.status, reply.chunked and reply.length is None, reply.length)
        )
