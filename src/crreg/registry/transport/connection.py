"""Connections that time out even if a server sends its response very slowly, and that log no address."""

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
"""Extra time, so that the socket's own timeout applies first if a server sends nothing at all."""

# A token server's URL has the user name as a parameter. These loggers write it for malformed headers and, at the
# debug level, for every request.
for _logger in ("urllib3.connection", "urllib3.connectionpool"):
    logging.getLogger(_logger).setLevel(logging.ERROR)


class _Connected(HTTPConnection):
    """Remembers the peer's address, because the socket is gone after a response that ends the connection."""

    peer = ""
    """The peer's IP address; empty before the connection is made, and behind a proxy."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        if self.proxy is None and connected.family in _INTERNET:
            with contextlib.suppress(OSError):
                address = connected.getpeername()
                # A Unix socket has a path, or no address.
                self.peer = str(address[0]) if isinstance(address, tuple) else ""
        return connected


class BoundedConnection(_Connected):
    """A plain connection whose timeout covers all headers of a response, not only each read."""

    def send(self, data: Any) -> None:
        """Send a piece. If the server hung up in the middle, its response is still read, because it may say why."""
        _send_in_time(self, super().send, data)

    def getresponse(self) -> "HTTPResponse":  # type: ignore[override]  # urllib3 returns its own kind, too
        """Read the response's headers; raises TimeoutError if they do not arrive in time."""
        return _in_time(self, super().getresponse)


class BoundedTlsConnection(_Connected, HTTPSConnection):
    """A `BoundedConnection` over TLS."""

    def send(self, data: Any) -> None:
        """See `BoundedConnection.send`."""
        _send_in_time(self, super().send, data)

    def getresponse(self) -> "HTTPResponse":  # type: ignore[override]  # urllib3 returns its own kind, too
        """Read the response's headers; raises TimeoutError if they do not arrive in time."""
        return _in_time(self, super().getresponse)


class BoundedPool(HTTPConnectionPool):
    """Bounded connections to one host."""

    ConnectionCls = BoundedConnection


class BoundedTlsPool(HTTPSConnectionPool):
    """Bounded connections to one host over TLS."""

    ConnectionCls = BoundedTlsConnection


def peer_of(answer: "BaseHTTPResponse") -> str:
    """Return the IP address that sent a response. Call it before the body is read; empty behind a proxy."""
    return getattr(answer.connection, "peer", "")


@contextlib.contextmanager
def _reset_as_broken_pipe() -> Iterator[None]:
    """Turn a reset into a broken pipe: urllib3 still reads the response after a broken pipe, but not after a reset.

    A server that rejects a request early causes either of them.
    """
    try:
        yield
    except ConnectionResetError:
        raise BrokenPipeError from None


def _send_in_time(connection: HTTPConnection, send: Callable[[Any], None], data: Any) -> None:
    """Send a piece of a request, at the least allowed speed or faster."""
    with _reset_as_broken_pipe(), memoryview(data) as view:
        for start in range(0, len(view), LEAST_BYTES):
            with moving(lambda: _hang_up(connection)):
                send(view[start : start + LEAST_BYTES])


def _hang_up(connection: HTTPConnection) -> None:
    """Shut down a connection while another thread is waiting for it."""
    # TLS inside a proxy's TLS is not a socket itself.
    wire = getattr(connection.sock, "socket", connection.sock)
    if wire is not None:
        # Not the TLS socket's own method, which would remove the TLS layer while another thread reads.
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
    # Headers that were cut off look complete, but with fewer fields.
    if answer is None or alarm.late:
        if answer is not None:
            answer.close()
        raise TimeoutError("the response's headers did not arrive in time")
    return answer
