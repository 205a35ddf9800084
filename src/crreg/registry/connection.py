"""Connections that end in time, however slowly a server drips its answer, and that log no address."""

import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from crreg.registry.watchdog import WATCHDOG

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

_GRACE_SECONDS = 0.5
"""So that a server which sends nothing at all runs into the socket's own timeout first."""

# A token server's address holds the user's name as a parameter, and these log it with broken headers and, when
# debugging, with every request.
for _logger in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_logger).setLevel(logging.ERROR)


class _BoundedConnection(HTTPConnection):
    """Plain, with its timeout for the whole head of an answer, not only for each piece of it."""

    def send(self, data: Any) -> None:
        """Send a piece; where the server hung up in the middle, it may have said why, and that is read."""
        with _heard_out():
            super().send(data)

    def getresponse(self) -> "HTTPResponse":  # type: ignore[override]  # urllib3 returns its own kind, too
        return _in_time(self, super().getresponse)


class _BoundedTlsConnection(HTTPSConnection):
    """The same over TLS."""

    def send(self, data: Any) -> None:
        """As without TLS."""
        with _heard_out():
            super().send(data)

    def getresponse(self) -> "HTTPResponse":  # type: ignore[override]  # urllib3 returns its own kind, too
        return _in_time(self, super().getresponse)


class BoundedPool(HTTPConnectionPool):
    """Connections to one host."""

    ConnectionCls = _BoundedConnection


class BoundedTlsPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _BoundedTlsConnection


@contextlib.contextmanager
def _heard_out() -> Iterator[None]:
    """urllib3 reads the answer after a broken pipe, but not after a reset, which is as often what a refusal ends in."""
    try:
        yield
    except ConnectionResetError:
        raise BrokenPipeError from None


def _in_time(connection: HTTPConnection, read_head: "Callable[[], HTTPResponse]") -> "HTTPResponse":
    wire = connection.sock
    seconds = connection.timeout
    if wire is None or not isinstance(seconds, int | float):
        return read_head()
    # Not the method of a TLS socket, which would pull the TLS layer away under the reading thread.
    with WATCHDOG.within(
        seconds + _GRACE_SECONDS, lambda: socket.socket.shutdown(wire, socket.SHUT_RDWR)
    ) as alarm:
        try:
            answer = read_head()
        except (HTTPException, OSError):
            if not alarm.late:
                raise
            answer = None
    # A head that was cut off reads like one that ended, with fewer fields.
    if answer is None or alarm.late:
        if answer is not None:
            answer.close()
        raise TimeoutError("the head of the answer did not come in time")
    return answer
