"""A simulated network: connections with generated answers, which record what they were sent.

Everything above the socket is real: urllib3, requests, PyGithub, botocore and crreg's own code. TLS is left out.
"""

import contextlib
import re
import socket
import threading
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import urllib3.connection
import urllib3.util.connection

from crreg.registry.transport import guard

_MOST = 60
"""The most connections for one input; a client that opens more is assumed never to stop."""
_SHORT = re.compile(rb"([0-9]{3})\n")
_LARGEST = 64 * 1024
_FAULTS: dict[bytes, type[OSError]] = {
    b"!refused": ConnectionRefusedError,
    b"!reset": ConnectionResetError,
    b"!late": TimeoutError,
    b"!name": socket.gaierror,
}


class EndlessError(Exception):
    """More connections were opened than any flow needs."""


@dataclass(slots=True)
class Connection:
    """One connection, from the server's side."""

    host: str
    port: int
    answer: bytes
    """The answers that it was sent."""
    near: socket.socket = field(repr=False)
    far: socket.socket = field(repr=False)
    secure: bool = False
    """Whether the client requested TLS."""
    sent: bytes = b""
    """The bytes that the client sent, once the flow is over."""

    @property
    def authorized(self) -> bool:
        """Whether the client sent a credential."""
        return b"\nauthorization:" in self.sent.lower()


@dataclass(slots=True)
class Network:
    """Answers connections in order, for any host, and refuses them when the answers are used up.

    A flow that fails may leave threads that still ask. They get nothing from the network of the next input.
    """

    answers: Sequence[bytes]
    connections: list[Connection] = field(default_factory=list)
    _strangers: weakref.WeakSet[threading.Thread] = field(
        default_factory=lambda: weakref.WeakSet(threading.enumerate())
    )
    """The threads of earlier inputs."""
    _has_ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._strangers.discard(threading.current_thread())

    def open(self, address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        """Replaces urllib3's function that connects to a host."""
        with self._lock:
            return self._open(*address[:2])

    def _open(self, host: str, port: int) -> socket.socket:
        if self._has_ended or threading.current_thread() in self._strangers:
            raise ConnectionRefusedError
        number = len(self.connections)
        if number >= _MOST:
            raise EndlessError
        written = self.answers[number] if number < len(self.answers) else b"!refused"
        near, far = socket.socketpair()
        self.connections.append(Connection(host, port, written, near, far))
        fault = _FAULTS.get(written)
        if fault is not None:
            near.close()
            raise fault
        far.sendall(raw(written)[:_LARGEST])
        far.shutdown(socket.SHUT_WR)
        return near

    def secured(self, sock: socket.socket, **_: Any) -> Any:
        """Replaces the TLS handshake; always succeeds."""
        next(each for each in self.connections if each.near is sock).secure = True
        plain: Any = sock
        return urllib3.connection._WrappedAndVerifiedSocket(plain, is_verified=True)

    def end(self) -> None:
        """Read what was sent, and close everything."""
        with self._lock:
            self._has_ended = True
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.far.settimeout(0)
                while piece := connection.far.recv(_LARGEST):
                    connection.sent += piece
            for sock in (connection.near, connection.far):
                sock.close()


def raw(answer: bytes) -> bytes:
    """Expand an answer from its short form: `404`, header lines, an empty line and a body, all with line feeds."""
    short = _SHORT.match(answer)
    if short is None:
        return answer
    head, _, body = answer[short.end() - 1 :].partition(b"\n\n")
    lines = [line for line in head.split(b"\n") if line]
    if not any(line.lower().startswith((b"content-length:", b"transfer-encoding:")) for line in lines):
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([b"HTTP/1.1 %s Said" % short[1], *lines, b"", body])


@contextlib.contextmanager
def generated(data: bytes, separator: bytes) -> Iterator[Network]:
    """Answer every connection of the process from `data`."""
    network = Network(data.split(separator))
    with (
        patch.object(urllib3.util.connection, "create_connection", network.open),
        patch.object(urllib3.connection, "_ssl_wrap_socket_and_match_hostname", network.secured),
        # No name resolves here; the guard's own tests cover name resolution.
        patch.object(guard._Guarded, "_resolved", lambda _, name: [name]),
    ):
        try:
            yield network
        finally:
            network.end()
