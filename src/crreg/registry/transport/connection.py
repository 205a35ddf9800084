"""Connections that end in time, however slowly a server drips its answer, and that log no address."""

import contextlib
import logging
import socket
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from crreg.registry.transport.speed import LEAST_BYTES, moving
from crreg.registry.transport.watchdog import WATCHDOG

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPResponse

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_GRACE_SECONDS = 0.5
"""So that a server which sends nothing at all runs into the socket's own timeout first."""

# A token server's address holds the user's name as a parameter, and these log it with broken headers and, when
# debugging, with every request.
for _logger in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_logger).setLevel(logging.ERROR)


class _Connected(HTTPConnection):
    """Keeps whom it connected to, since an answer that ends the connection takes the socket away."""

    peer = ""
    """The IP address at the other end; empty before there is one, and behind a proxy."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if self.proxy is None and connected.family in _INTERNET:
            with contextlib.suppress(OSError):
                address = connected.getpeername()
                # A socket of this machine alone has a path, or nothing.
                self.peer = str(address[0]) if isinstance(address, tuple) else ""
        return connected


class BoundedConnection(_Connected):
    """Plain, with its timeout for the whole head of an answer, not only for each piece of it."""

    def send(self, data: Any) -> None:
        """Send a piece; where the server hung up in the middle, it may have said why, and that is read."""
        _send_in_time(self, super().send, data)

    def getresponse(self) -> "HTTPResponse":  # type: ignore[override]  # urllib3 returns its own kind, too
        """Read the head of the answer; raises TimeoutError where it does not come in time."""
        return _in_time(self, super().getresponse)


class BoundedTlsConnection(_Connected, HTTPSConnection):
    """The same over TLS."""

    def send(self, data: Any) -> None:
        """As without TLS."""
        _send_in_time(self, super().send, data)

    def getresponse(self) -> "HTTPResponse":  # type: ignore[override]  # urllib3 returns its own kind, too
        """Read the head of the answer; raises TimeoutError where it does not come in time."""
        return _in_time(self, super().getresponse)


class BoundedPool(HTTPConnectionPool):
    """Connections to one host."""

    ConnectionCls = BoundedConnection


class BoundedTlsPool(HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = BoundedTlsConnection


def peer_of(answer: "BaseHTTPResponse") -> str:
    """The IP address that an answer came from, before its body is read; empty if a proxy stands between."""
    return getattr(answer.connection, "peer", "")


@contextlib.contextmanager
def _heard_out() -> Iterator[None]:
    """urllib3 reads the answer after a broken pipe, but not after a reset, which is as often what a refusal ends in."""
    try:
        yield
    except ConnectionResetError:
        raise BrokenPipeError from None


def _send_in_time(connection: HTTPConnection, send: Callable[[Any], None], data: Any) -> None:
    """Send a piece of a request no slower than a transfer must be."""
    with _heard_out(), memoryview(data) as view:
        for start in range(0, len(view), LEAST_BYTES):
            with moving(lambda: _hang_up(connection)):
                send(view[start : start + LEAST_BYTES])


def _hang_up(connection: HTTPConnection) -> None:
    """End a connection under the thread that waits for it."""
    # Within the TLS of a proxy, TLS is no socket itself.
    wire = getattr(connection.sock, "socket", connection.sock)
    if wire is not None:
        # Not the method of a TLS socket, which would pull the TLS layer away under the reading thread.
        socket.socket.shutdown(wire, socket.SHUT_RDWR)


def _in_time(connection: HTTPConnection, read_head: "Callable[[], HTTPResponse]") -> "HTTPResponse":
    seconds = connection.timeout
    if connection.sock is None or not isinstance(seconds, int | float):
        return read_head()
    with WATCHDOG.within(seconds + _GRACE_SECONDS, lambda: _hang_up(connection)) as alarm:
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
