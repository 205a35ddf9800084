"""Connections: what is never read as a response, what is never kept, and requests over TLS and proxies."""

import gzip
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest
from tests.unit.registry.servers import Answer, serving, talking
from tests.unit.registry.transport.certificates import Authority

from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport

PATIENCE = 20.0
"""Seconds that a server waits for a request before the test fails."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
FILLS_THE_BUFFER = b"HTTP/1.1 200 OK\r\nContent-Length: 8151\r\n\r\n" + b"x" * 8151
"""8192 bytes, as many as Python reads ahead. What TLS received with them, it has decrypted and keeps for itself."""
ELSEWHERE = "192.0.2.7"
"""A documentation address (RFC 5737), which only a proxy of these tests reaches."""


@pytest.fixture
def sender() -> Iterator[Transport]:
    sender = Transport(budget=60)
    yield sender
    sender.close()


def read_head(connection: socket.socket) -> bytes:
    """Read a request without a body; empty at the end of the connection."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connection.recv(65536)
        if not piece:
            return b""
        head += piece
    return head


class Answering:
    """Gives the first request one answer, and all others another; counts connections."""

    def __init__(self, first: bytes, others: bytes = OK, tls: ssl.SSLContext | None = None) -> None:
        self.first = first
        self.others = others
        self.connections = 0
        self._tls = tls

    def __call__(self, connection: socket.socket) -> None:
        self.connections += 1
        number = self.connections
        connection.settimeout(PATIENCE)
        if self._tls is not None:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            answer = self.first if number == 1 else self.others
            while read_head(connection):
                connection.sendall(answer)
                answer = self.others


def test_a_packed_body_arrives_whole(sender: Transport) -> None:
    content = b"{}" * 200_000
    with serving(lambda _: Answer(200, gzip.compress(content), {"Content-Encoding": "gzip"})) as server:
        assert sender.request("GET", server.url, Tally()).body == content


def test_idle_connections_are_kept_for_so_many_hosts_only(
    sender: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crreg.registry.transport.pools._HOSTS", 2)
    ended = threading.Semaphore(0)

    def talk(connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        while read_head(connection):
            connection.sendall(OK)
        ended.release()

    with talking(talk) as first, talking(talk) as second, talking(talk) as third:
        for address in (first, second, first, third):
            sender.request("GET", f"http://{address}/", Tally())
        # That of the second host, which was used longest ago.
        assert ended.acquire(timeout=PATIENCE)
        assert not ended.acquire(blocking=False)


def test_a_kept_connection_that_ends_behind_a_proxy_is_tried_again(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    context = trusted.context(ELSEWHERE)
    ended: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as wire:
            read_head(wire)
            wire.sendall(SHORT)
            if not ended:
                ended.append(read_head(wire))

    sender = Transport(budget=60, sleep=lambda _: None)
    with talking(talk) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy}")
        for _ in range(2):
            assert sender.request("GET", f"https://{ELSEWHERE}/", Tally()).body == b"abc"
    sender.close()
    assert ended[0].startswith(b"GET / ")
