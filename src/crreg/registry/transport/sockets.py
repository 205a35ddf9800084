"""Sending, looking and hanging up, on plain sockets, over TLS, and over TLS inside a proxy's TLS."""

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from urllib3.util.ssltransport import SSLTransport

from crreg.registry.transport.speed import LEAST_BYTES, Moving


def shut(wire: Any, how: int) -> None:
    """Shut down a connection, also while another thread uses it; raises OSError.

    Not with the TLS socket's own method: it removes the TLS layer, and what arrives next would be read as plain text.
    """
    # TLS inside a proxy's TLS is not a socket itself.
    socket.socket.shutdown(getattr(wire, "socket", wire), how)


def is_unused(wire: Any) -> bool:
    """Return whether a new connection is open, and the server has sent nothing on it.

    Some send 408 when no request came in time, which would be read as the response to the next one. TLS 1.3 sends
    something after its handshake, which urllib3's `is_connected` would take for that.
    Source: `is408Message` in https://github.com/golang/go/blob/go1.24.0/src/net/http/transport.go
    """
    try:
        wire.settimeout(0)
        wire.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        pass
    return False


def holds_bytes(wire: Any) -> bool:
    """Return whether TLS has received bytes that nobody has read; a look at the socket does not show them."""
    match wire:
        case ssl.SSLSocket():
            return wire.pending() > 0
        case SSLTransport():
            return bool(wire.sslobj.pending() or wire.incoming.pending or holds_bytes(wire.socket))
        case _:
            return False


def send_in_time(wire: Any, data: Any) -> None:
    """Send a piece of a request, at the least allowed speed or faster.

    A plain socket takes as much at a time as its buffer holds: each call gives up Python's lock, and another thread has
    to give it back. TLS takes all that it is given, so it gets only what must be sent in the time that is allowed.

    Raises:
        BrokenPipeError: the server hung up.
        OSError: the connection broke.
    """
    takes_all = isinstance(wire, ssl.SSLSocket) or not isinstance(wire, socket.socket)
    with _reset_as_broken_pipe(), memoryview(data) as view:
        sent = 0
        while sent < len(view):
            least = min(len(view), sent + LEAST_BYTES)
            with Moving(lambda: shut(wire, socket.SHUT_RDWR)):
                while sent < least:
                    sent += wire.send(view[sent:least] if takes_all else view[sent:])


@contextlib.contextmanager
def _reset_as_broken_pipe() -> Iterator[None]:
    """Turn a reset into a broken pipe: urllib3 still reads the response after a broken pipe, but not after a reset.

    A server that rejects a request early causes either of them.
    """
    try:
        yield
    except (ConnectionResetError, ssl.SSLEOFError):
        raise BrokenPipeError from None
