"""A reverse proxy for a plain HTTP server, which streams bodies in both directions."""

import contextlib
import http.client
import ssl
import urllib.parse
from collections.abc import Iterator
from io import BufferedIOBase

from sandbox.serving import Handler, Journal, Server

_CHUNK = 1 << 16
_BACKEND_SECONDS = 60
# RFC 9110, 7.6.1: these apply to one connection only. This server has already answered Expect.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class RelayHandler(Handler):
    """Relays requests; a subclass chooses the server in `answer`."""

    def relay(self, backend: str, *, path: str | None = None) -> None:
        """Answer the current request with the response of `backend` (an http:// address)."""
        where = urllib.parse.urlsplit(backend)
        upstream = http.client.HTTPConnection(
            where.hostname or "127.0.0.1", where.port or 80, timeout=_BACKEND_SECONDS
        )
        try:
            upstream.connect()
            with self.server.in_use(upstream.sock):
                self._send_request(upstream, path or self.path)
                response = upstream.getresponse()
                with response:
                    self.send_upstream_response(response)
        except (OSError, http.client.HTTPException):
            # As if the server had crashed: the client's connection breaks, at any point.
            self.close_connection = True
        finally:
            upstream.close()

    def _send_request(self, upstream: http.client.HTTPConnection, path: str) -> None:
        upstream.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in _HOP_BY_HOP:
                upstream.putheader(name, value)
        upstream.putheader("X-Forwarded-Proto", "https" if self.secured else "http")
        chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        if chunked:
            upstream.putheader("Transfer-Encoding", "chunked")
        upstream.endheaders()
        if chunked:
            for chunk in read_chunks(self.rfile):
                upstream.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            upstream.send(b"0\r\n\r\n")
        else:
            for chunk in read_exactly(self.rfile, int(self.headers.get("Content-Length", 0))):
                upstream.send(chunk)

    def send_upstream_response(self, response: http.client.HTTPResponse) -> None:
        """Relay the answer of the server behind."""
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        # An answer without a length and a body that is allowed one is sent in chunks, so the connection lives.
        bodiless = self.command == "HEAD" or response.status in {204, 304}
        chunked = not bodiless and response.getheader("Content-Length") is None
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while not bodiless and (chunk := response.read1(_CHUNK)):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk) if chunked else chunk)
        if chunked:
            self.wfile.write(b"0\r\n\r\n")


class CountingFront(Server):
    """Relays everything to one server, and records the requests."""

    def __init__(self, backend: str, *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(_CountingHandler, tls=tls)
        self.backend = backend
        self.journal = Journal()


class _CountingHandler(RelayHandler):
    server: CountingFront

    def answer(self) -> None:
        self.server.journal.add(self.noted())
        self.relay(self.server.backend)


def read_exactly(stream: BufferedIOBase, length: int) -> Iterator[bytes]:
    """Read a body of `length` bytes in pieces; raises if it ends early."""
    while length > 0:
        chunk = stream.read(min(length, _CHUNK))
        if not chunk:
            raise ConnectionAbortedError("the client's body ended early")
        length -= len(chunk)
        yield chunk


def read_chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Read a chunked body (RFC 9112, 7.1), trailers dropped."""
    while size := int(stream.readline().split(b";")[0], 16):
        yield b"".join(read_exactly(stream, size))
        stream.readline()
    with contextlib.suppress(OSError):
        while stream.readline().strip():
            continue
