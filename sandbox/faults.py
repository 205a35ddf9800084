"""A proxy in front of any plain HTTP server that injects one fault, forever or for the first requests."""

import contextlib
import datetime as dt
import email.utils
import enum
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.authority import Authority
from sandbox.relay import RelayHandler
from sandbox.serving import Journal, Server

_OTHER_NAME = "another-name.example"
_ENDLESS_CHUNK = b"a" * (1 << 16)
_ENDLESS_PAUSE = 0.001
_DRIP_PAUSE = 0.5
_HUGE_HEADER = 1 << 20
_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Welcome to the network</body></html>"


class Certificate(enum.Enum):
    """The certificate that the proxy presents over TLS."""

    GOOD = enum.auto()
    ANOTHER_NAME = enum.auto()
    EXPIRED = enum.auto()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault."""

    name: str
    request: "Callable[[FaultHandler], None] | None" = None
    """Handles a request instead of the server."""
    connection: "Callable[[FaultHandler], None] | None" = None
    """Handles a connection before its first byte is read."""
    certificate: Certificate = Certificate.GOOD

    def __str__(self) -> str:
        return self.name


class FaultProxy(Server):
    """Relays requests to `backend` and records them; with an authority, it uses TLS as `host`."""

    def __init__(self, backend: str, *, authority: Authority | None = None, host: str = "127.0.0.1") -> None:
        self._contexts = _contexts(authority, host) if authority else {}
        super().__init__(FaultHandler, tls=self._contexts.get(Certificate.GOOD))
        self.backend = backend
        self.journal = Journal()
        self.stopping = threading.Event()
        self._choice = threading.Lock()
        self._fault: Fault | None = None
        self._left: int | None = None
        self._counts: Counter[str] = Counter()

    def go_wrong(self, fault: Fault | None, *, times: int | None = None) -> None:
        """Inject this fault from now on (None: no fault), for the next `times` requests or forever.

        A fault of connections or certificates counts connections instead of requests.
        """
        with self._choice:
            self._fault, self._left = fault, times

    @property
    def counts(self) -> Counter[str]:
        """How often each fault was injected, by its name."""
        with self._choice:
            return Counter(self._counts)

    def take(self, *, at_request: bool) -> Fault | None:
        """The fault for this request or connection, if any; it is counted."""
        with self._choice:
            fault = self._fault
            if fault is None or (fault.request is not None) != at_request or self._left == 0:
                return None
            if self._left is not None:
                self._left -= 1
            self._counts[fault.name] += 1
            return fault

    def tls_with(self, certificate: Certificate) -> ssl.SSLContext | None:
        """The TLS settings with that certificate; None for plain HTTP."""
        return self._contexts.get(certificate)

    def __exit__(self, *error: object) -> None:
        self.stopping.set()
        super().__exit__()


class FaultHandler(RelayHandler):
    """One connection through the proxy."""

    server: FaultProxy
    _certificate = Certificate.GOOD

    def setup(self) -> None:
        """Begin the connection, or break it."""
        fault = self.server.take(at_request=False)
        if fault is not None:
            self._certificate = fault.certificate
        if fault is not None and fault.connection is not None:
            self.connection = self.request
            fault.connection(self)
        super().setup()

    def tls_context(self) -> ssl.SSLContext | None:
        """Present the certificate that the fault needs."""
        return self.server.tls_with(self._certificate)

    def answer(self) -> None:
        """Inject the fault, or relay the request."""
        self.server.journal.add(self.noted())
        fault = self.server.take(at_request=True)
        if fault is not None and fault.request is not None:
            fault.request(self)
        else:
            self.relay(self.server.backend)

    def break_off(self) -> None:
        """Close the connection with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._hang_up()

    def end_early(self) -> None:
        """Close the connection as if the answer were complete."""
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self._hang_up()

    def _hang_up(self) -> None:
        for stream in (getattr(self, "rfile", None), getattr(self, "wfile", None), self.connection):
            if stream is not None:
                stream.close()
        raise ConnectionAbortedError("hung up on purpose")


def _reset(handler: FaultHandler) -> None:
    handler.break_off()


def _stall(handler: FaultHandler) -> None:
    # Wait until the client gives up, or the proxy stops and shuts down every connection.
    with contextlib.suppress(OSError):
        while handler.connection.recv(1 << 12):
            continue
    handler.end_early()


def _garbage(handler: FaultHandler) -> None:
    handler.wfile.write(b"\x15\x03\x01 this is not HTTP\r\n\r\n\x00\x01\x02")
    handler.end_early()


def _endless(handler: FaultHandler) -> None:
    _begin_body(handler)
    handler.wfile.write(b'c\r\n{"token": "a\r\n')
    while not handler.server.stopping.wait(_ENDLESS_PAUSE):
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(_ENDLESS_CHUNK), _ENDLESS_CHUNK))


def _drip(handler: FaultHandler) -> None:
    _begin_body(handler)
    while not handler.server.stopping.wait(_DRIP_PAUSE):
        handler.wfile.write(b"1\r\n \r\n")


def _begin_body(handler: FaultHandler) -> None:
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def _truncated(handler: FaultHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"token": ')
    handler.end_early()


def _redirect_loop(handler: FaultHandler) -> None:
    handler.respond(307, b"", {"Location": handler.path})


def answer(status: int, body: bytes = b"", **headers: str) -> Fault:
    """A complete answer; underscores in names of headers become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(str(status), lambda handler: handler.respond(status, body, named))


def too_many_requests(retry_after: str | None = None) -> Fault:
    """429, with a Retry-After of seconds or a date if any."""
    headers = {"Retry-After": retry_after} if retry_after is not None else {}
    return Fault("429", lambda handler: handler.respond(429, b"slow down\n", headers))


def in_seconds(seconds: int) -> str:
    """A date at that distance from now, in the form of Retry-After."""
    return email.utils.format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds), usegmt=True)


def server_error(status: int) -> Fault:
    """500, 502, 503 or 504."""
    return Fault(str(status), lambda handler: handler.respond(status, b"upstream is unwell\n"))


def slow(seconds: float) -> Fault:
    """The server's own answer, delayed."""

    def wait_and_relay(handler: FaultHandler) -> None:
        handler.server.stopping.wait(seconds)
        handler.relay(handler.server.backend)

    return Fault("slow", wait_and_relay)


def at(path: str, fault: Fault) -> Fault:
    """A fault that applies only to requests whose path starts so; the others get the server's own answer."""

    def answer_by_path(handler: FaultHandler) -> None:
        if fault.request is not None and handler.path.startswith(path):
            fault.request(handler)
        else:
            handler.relay(handler.server.backend)

    return Fault(fault.name, answer_by_path)


RESET = Fault("reset", _reset)
RESET_AT_ONCE = Fault("reset-at-once", connection=_reset)
STALL = Fault("stall", _stall)
STALL_AT_ONCE = Fault("stall-at-once", connection=_stall)
"""Accepts the connection, but never answers, not even with a TLS handshake."""
GARBAGE = Fault("garbage", _garbage)
ENDLESS_BODY = Fault("endless-body", _endless)
DRIPPING_BODY = Fault("dripping-body", _drip)
"""An endless body at two bytes a second: each read is quick, but the body never ends."""
TRUNCATED_BODY = Fault("truncated-body", _truncated)
HTML_PAGE = Fault("html-page", lambda handler: handler.respond(200, _PAGE, {"Content-Type": "text/html"}))
REDIRECT_LOOP = Fault("redirect-loop", _redirect_loop)
HUGE_HEADERS = Fault(
    "huge-headers", lambda handler: handler.respond(200, b"{}", {"X-Huge": "a" * _HUGE_HEADER})
)
ABSURD_RETRY_AFTER = too_many_requests("86400")
ANOTHER_NAME = Fault("another-name", certificate=Certificate.ANOTHER_NAME)
EXPIRED = Fault("expired", certificate=Certificate.EXPIRED)


def _contexts(authority: Authority, host: str) -> dict[Certificate, ssl.SSLContext]:
    return {
        Certificate.GOOD: authority.leaf(host).server_context(),
        Certificate.ANOTHER_NAME: authority.leaf(_OTHER_NAME).server_context(),
        Certificate.EXPIRED: authority.leaf(host, expired=True).server_context(),
    }
