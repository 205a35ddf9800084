"""Connections that time out even if a server sends its response very slowly, and that log no address."""

import contextlib
import http.client
import logging
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, wait
from functools import partial
from http.client import HTTPException
from typing import Any

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError, SSLError
from urllib3.util.ssl_match_hostname import CertificateError

from crreg.net.concurrency import Pool
from crreg.registry.transport.reply import Reply
from crreg.registry.transport.sockets import is_unused, send_in_time, shut
from crreg.registry.transport.tls import tls_context
from crreg.registry.transport.watchdog import WATCHDOG

_INTERNET = (socket.AF_INET, socket.AF_INET6)
_SMALL = 16 * 1024
"""Bytes up to which it pays to copy a piece of a body behind the head of its request."""
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


class StreamedResponse(urllib3.HTTPResponse):
    """A response whose body is read into a buffer without the copies that urllib3 makes."""

    def readinto(self, b: Any) -> int:
        """Read what has arrived into a memoryview; return how many bytes, 0 only at the end of the body."""
        reply = self._fp
        if self.decode_content or self.chunked or not isinstance(reply, Reply):
            piece = self.read1(len(b))
            b[: len(piece)] = piece
            return len(piece)
        with self._error_catcher():
            count = reply.read_some(b)
            if self.length_remaining is not None:
                if not count and self.length_remaining:
                    raise http.client.IncompleteRead(b"", self.length_remaining)
                self.length_remaining -= count
            self._fp_bytes_read += count
        return count


class BoundedConnection(_Connected):
    """A plain connection whose timeout covers all headers of a response, not only each read."""

    response_class = Reply
    _holds = False
    """Whether the head of a request waits for the first piece of its body."""
    _held = b""
    """The head that waits."""

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes | memoryview] | None,
    ) -> None:
        """Send a request, its head together with a first small piece of its body, so that the server wakes up once."""
        self._holds, self._held = body is not None, b""
        self.request(method, target, body, headers)  # type: ignore[arg-type]  # it sends a memoryview as it is
        if self._held:
            self.send(b"")

    def send(self, data: Any) -> None:
        """Send a piece. If the server hung up in the middle, its response is still read, because it may say why."""
        if self._holds:
            self._holds, self._held = False, data
            return
        held, self._held = self._held, b""
        if self.sock is None:
            self.connect()
        if held and len(data) > _SMALL:
            send_in_time(self.sock, held)
            held = b""
        send_in_time(self.sock, held + data if held else data)

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # urllib3 returns its own kind, too
        """Read the response's headers; raises TimeoutError if they do not arrive in time."""
        return _in_time(self, self._read_head)

    def _read_head(self) -> urllib3.HTTPResponse:
        """Do what urllib3 does for a body that is neither read ahead nor decoded, but parse no header a second time."""
        wire, asked = self.sock, self._response_options
        if asked is None:
            raise http.client.ResponseNotReady
        self._response_options = None
        wire.settimeout(self.timeout)
        reply = http.client.HTTPConnection.getresponse(self)
        assert isinstance(reply, Reply)  # noqa: S101 - for the type checker
        return StreamedResponse(
            reply,
            reply.fields,
            reply.status,
            reply.version,
            reason=reply.reason,
            preload_content=False,
            decode_content=False,
            original_response=reply,
            request_method=asked.request_method,
            request_url=asked.request_url,
            sock_shutdown=partial(shut, wire),
        )


class BoundedTlsConnection(BoundedConnection, HTTPSConnection):
    """A `BoundedConnection` over TLS."""

    def _new_conn(self) -> socket.socket:
        connected = super()._new_conn()
        # Only now, so that connections to all hosts are on their way while the first one loads the authorities.
        self.ssl_context = tls_context()
        return connected


class BoundedPool(HTTPConnectionPool):
    """Bounded connections to one host."""

    ConnectionCls = BoundedConnection

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ahead: deque[Future[BoundedConnection | None]] = deque()

    def open_ahead(self, threads: Pool, seconds: float) -> None:
        """Open a connection within `seconds` in another thread, for a later request that would have to open one."""
        self._ahead.append(threads.submit(partial(self._opened, seconds)))

    def close(self) -> None:
        """Close every connection that no request uses."""
        super().close()
        while self._ahead:
            self._ahead.popleft().add_done_callback(_close_opened)

    def _opened(self, seconds: float) -> BoundedConnection | None:
        """Return a new connection; None if that fails, which the request that needs one will explain."""
        connection = self._new_conn()
        assert isinstance(connection, BoundedConnection)  # noqa: S101 - for the type checker
        connection.timeout = seconds
        try:
            connection.connect()
        except (HTTPError, OSError, ValueError):
            connection.close()
            return None
        return connection

    def _get_conn(self, timeout: float | None = None) -> Any:
        """Prefer a connection that has served a request, then one that is opened ahead within `timeout` seconds."""
        connection = super()._get_conn(timeout)
        while connection.is_closed and self._ahead:
            # Another thread may have taken the last one.
            with contextlib.suppress(IndexError):
                future = self._ahead.popleft()
                if wait([future], timeout).not_done:
                    future.add_done_callback(_close_opened)
                    # The others were started with it.
                    break
                opened = future.result()
                if opened is not None and is_unused(opened.sock):
                    return opened
                _close_opened(future)
        return connection

    def exchange(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes | memoryview] | None,
        *,
        connect: float,
        read: float,
    ) -> urllib3.HTTPResponse:
        """Send one request and read the head of its response, as `urlopen` does without retries and redirects.

        `urlopen` parses the URL again and copies timeouts and headers for each request, which takes as long as sending
        a small one.

        Raises:
            HTTPError: no response came.
        """
        connection = self._get_conn(connect)
        assert isinstance(connection, BoundedConnection)  # noqa: S101 - for the type checker
        clean = False
        try:
            connection.timeout = connect
            self._validate_conn(connection)
            # The server may have answered before it hung up.
            with contextlib.suppress(BrokenPipeError):
                connection.ask(method, target, headers, body)
            connection.timeout = read
            answer = connection.getresponse()
            clean = True
        except (ssl.SSLError, CertificateError) as error:
            raise SSLError(error) from error
        except TimeoutError as error:
            raise ReadTimeoutError(self, target, "timed out") from error
        except (OSError, HTTPException) as error:
            raise ProtocolError("Connection aborted.", error) from error
        finally:
            if not clean:
                connection.close()
                self._put_conn(None)
        answer._connection, answer._pool = connection, self  # noqa: SLF001 - as urllib3's own pools do
        return answer


class BoundedTlsPool(BoundedPool, HTTPSConnectionPool):
    """Bounded connections to one host over TLS."""

    ConnectionCls = BoundedTlsConnection


def _close_opened(opened: "Future[BoundedConnection | None]") -> None:
    connection = None if opened.exception() else opened.result()
    if connection is not None:
        connection.close()


def peer_of(answer: urllib3.BaseHTTPResponse) -> str:
    """Return the IP address that sent a response. Call it before the body is read; empty behind a proxy."""
    return getattr(answer.connection, "peer", "")


def _in_time(
    connection: HTTPConnection, read_head: Callable[[], urllib3.HTTPResponse]
) -> urllib3.HTTPResponse:
    seconds = connection.timeout
    if connection.sock is None or not isinstance(seconds, int | float):
        return read_head()
    # A response that ends the connection takes its socket away.
    wire = connection.sock
    with WATCHDOG.within(seconds + _GRACE_SECONDS, lambda: shut(wire, socket.SHUT_RDWR)) as alarm:
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
