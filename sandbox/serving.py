"""A threaded HTTP/1.1 server on a free port, which closes every connection when it is stopped."""

import contextlib
import http.client
import io
import itertools
import socket
import ssl
import sys
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_IDLE_SECONDS = 120


class Request(NamedTuple):
    """A request as a server saw it, without its credentials."""

    method: str
    path: str
    """Path and query."""
    authorized: bool
    """Whether it had an Authorization header."""


class Journal:
    """The requests that a server saw, in order; threads may write at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[Request] = []

    def add(self, request: Request) -> None:
        """Note a request."""
        with self._lock:
            self._requests.append(request)

    @property
    def requests(self) -> list[Request]:
        """A copy of all requests so far."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()


class Handler(BaseHTTPRequestHandler):
    """One HTTP/1.1 connection with keep-alive; a subclass answers requests in `answer`."""

    protocol_version = "HTTP/1.1"
    # Data that is not HTTP, such as a TLS hello, gets an answer with a status line, as from other servers.
    default_request_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    server: "Server"

    def answer(self) -> None:
        """Answer the current request."""
        raise NotImplementedError

    # The names that the standard library looks for.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = lambda self: self.answer()  # noqa: N815 - set by http.server

    @property
    def secured(self) -> bool:
        """Whether the connection uses TLS."""
        return isinstance(self.connection, ssl.SSLSocket)

    def setup(self) -> None:
        """Begin the connection, with TLS if the server uses it."""
        super().setup()
        context = self.tls_context()
        if context is not None:
            self.secure(context)

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS settings for this connection; None for plain HTTP."""
        return self.server.tls

    def secure(self, context: ssl.SSLContext) -> None:
        """Switch this connection to TLS."""
        self.rfile.close()
        self.connection = self.server.secure(self.connection, context)
        self.rfile = self.connection.makefile("rb", -1)
        self.wfile = _Unbuffered(self.connection)

    def respond(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """Send a complete answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def noted(self) -> Request:
        """The current request, without credentials."""
        return Request(self.command, self.path, self.headers["Authorization"] is not None)

    def version_string(self) -> str:
        """Name the server."""
        return "crreg-sandbox"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Log nothing: the journal has the requests."""


class _Unbuffered(io.BufferedIOBase):
    """The stream for answers once the connection uses TLS."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer") -> int:
        self._connection.sendall(data)
        return memoryview(data).nbytes


class Server(ThreadingHTTPServer):
    """Listens on loopback from construction on, and answers while it is entered as a context manager."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128
    allow_reuse_address = False

    def __init__(self, handler: type[Handler], *, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.tls = tls
        self._lock = threading.Lock()
        self._open: dict[int, list[socket.socket]] = {}
        """The connection that each thread serves, in its present form, and those that it waits for meanwhile."""
        self._stopping = False
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        """Host and port, as in SERVER of a triple."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The server's address with its scheme."""
        return f"{'https' if self.tls else 'http'}://{self.address}"

    def secure(self, connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
        """Shake hands as the server on `connection`, which the answer replaces."""
        try:
            secured = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        except OSError as error:
            _close_half_made(error)
            raise
        with self._lock:
            self._open[threading.get_ident()] = [secured]
        secured.do_handshake()
        return secured

    def finish_request(self, request: object, client_address: Any) -> None:
        """Serve a connection to its end, in its own thread."""
        assert isinstance(request, socket.socket)
        try:
            with self.in_use(request):
                super().finish_request(request, client_address)
        finally:
            with self._lock:
                connections = self._open.pop(threading.get_ident(), [])
            for connection in connections:
                connection.close()

    @contextlib.contextmanager
    def in_use(self, connection: socket.socket) -> Iterator[None]:
        """Shut `connection` when the server stops, so that the thread that waits for it ends too."""
        thread = threading.get_ident()
        with self._lock:
            if self._stopping:
                raise ConnectionAbortedError("the server stops")
            self._open.setdefault(thread, []).append(connection)
        try:
            yield
        finally:
            with self._lock, contextlib.suppress(ValueError):
                self._open[thread].remove(connection)

    def handle_error(self, request: object, client_address: Any) -> None:
        """Ignore a client that disconnected; any other error is a bug of the sandbox and is shown."""
        error = sys.exception()
        if not isinstance(error, OSError | http.client.HTTPException | ValueError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # as the standard library does

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self.shutdown()
        self._thread.join()
        with self._lock:
            self._stopping = True
            for connection in itertools.chain.from_iterable(self._open.values()):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


def _close_half_made(error: OSError) -> None:
    """Close the socket that `wrap_socket` leaves open if the client has already reset the connection.

    It has taken the descriptor by then, and only its own frame knows the new socket.
    Source: `SSLSocket._create` in https://github.com/python/cpython/blob/3.11/Lib/ssl.py
    """
    for frame, _ in traceback.walk_tb(error.__traceback__):
        half_made = frame.f_locals.get("self")
        if isinstance(half_made, ssl.SSLSocket):
            half_made.close()
