"""Connections: what is never read as a response, what is never kept, and requests over TLS and proxies."""

import contextlib
import gc
import gzip
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from types import FrameType

import pytest
from tests.unit.registry.servers import Answer, serving, talking
from tests.unit.registry.transport.certificates import Authority

from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.sockets import send_in_time
from crreg.registry.transport.speed import LEAST_BYTES
from crreg.registry.transport.tls import tls_context
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


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("method", "first"),
    [
        ("GET", OK + b"x"),
        ("GET", SHORT + b"x"),
        ("GET", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nx"),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc"),
        ("HEAD", SHORT),
        ("GET", FILLS_THE_BUFFER + b"HTTP/1.1 418 Forged\r\nContent-Length: 0\r\n\r\n"),
        ("HEAD", FILLS_THE_BUFFER + b"HTTP/1.1 418 Forged\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_what_follows_a_response_is_not_read_as_the_next_one(
    sender: Transport, trusted: Authority, scheme: str, method: str, first: bytes
) -> None:
    server = Answering(first, tls=trusted.context("127.0.0.1") if scheme == "https" else None)
    with talking(server) as address:
        sender.request(method, Address.parse(f"{scheme}://{address}/"), Tally())
        assert sender.request("GET", Address.parse(f"{scheme}://{address}/"), Tally()).status == 200
        assert server.connections == 2


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_response_that_can_be_read_two_ways_ends_its_connection(sender: Transport, first: bytes) -> None:
    server = Answering(first)
    with talking(server) as address:
        for _ in range(2):
            sender.request("GET", Address.parse(f"http://{address}/"), Tally())
        assert server.connections == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "answer",
    [
        OK,
        SHORT,
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + SHORT,
        b"HTTP/1.1 104 Upload Resumption Supported\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + SHORT,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_a_clear_response_keeps_its_connection(
    sender: Transport, trusted: Authority, scheme: str, answer: bytes
) -> None:
    server = Answering(answer, answer, trusted.context("127.0.0.1") if scheme == "https" else None)
    with talking(server) as address:
        for _ in range(3):
            assert sender.request("GET", Address.parse(f"{scheme}://{address}/"), Tally()).status < 300
        assert server.connections == 1


def test_a_head_that_is_cut_off_is_no_response(sender: Transport) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nDocker-Content-Dig")

    with talking(talk) as address, pytest.raises(RegistryError, match="closed the connection unexpectedly"):
        sender.request("HEAD", Address.parse(f"http://{address}/"), Tally(), retries=0)


def test_a_packed_body_arrives_whole(sender: Transport) -> None:
    content = b"{}" * 200_000
    with serving(lambda _: Answer(200, gzip.compress(content), {"Content-Encoding": "gzip"})) as server:
        assert sender.request("GET", Address.parse(server.url), Tally()).body == content


def test_after_a_shutdown_no_ciphertext_is_read_as_the_body(sender: Transport, trusted: Authority) -> None:
    context, sent = trusted.context("127.0.0.1"), threading.Event()

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wire:
            read_head(wire)
            for piece in (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x" * 10, b"x" * 30_000):
                wire.sendall(piece)
            sent.set()
            wire.settimeout(PATIENCE)
            wire.recv(1)

    with (
        talking(talk) as address,
        sender.stream("GET", Address.parse(f"https://{address}/"), Tally(), {}) as streamed,
    ):
        answer = streamed._answer
        assert sent.wait(PATIENCE)
        answer.shutdown()
        received = bytearray(1)
        while count := _read(answer.readinto, buffer := bytearray(4096)):
            received += buffer[:count]
    assert set(received) <= set(b"\0x")


def _read(readinto: Callable[[memoryview], int], buffer: bytearray) -> int:
    try:
        return readinto(memoryview(buffer))
    except Exception:  # noqa: BLE001 - how it ends does not matter here
        return 0


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
            sender.request("GET", Address.parse(f"http://{address}/"), Tally())
        # That of the second host, which was used longest ago.
        assert ended.acquire(timeout=PATIENCE)
        assert not ended.acquire(blocking=False)


def test_a_hundred_registries_are_each_connected_to_once(
    sender: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted: list[None] = []
    resolve = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *more, **named: resolve("127.0.0.1", *more, **named))

    def talk(connection: socket.socket) -> None:
        accepted.append(None)
        connection.settimeout(PATIENCE)
        while read_head(connection):
            connection.sendall(OK)

    with talking(talk) as address:
        port = address.rpartition(":")[2]
        urls = [f"http://r{number}.example:{port}/" for number in range(100)]
        for url in (*urls, *urls):
            sender.vouch(Address.parse(url))
            assert sender.request("GET", Address.parse(url), Tally()).status == 200
        assert len(accepted) == 100


def test_a_broken_transfer_leaves_nothing_that_keeps_its_buffer(sender: Transport) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        with talking(talk) as address, contextlib.suppress(RegistryError):
            with sender.stream("GET", Address.parse(f"http://{address}/"), Tally(), {}) as answer:
                received = b"".join(map(bytes, answer.chunks(1024)))
            pytest.fail(f"the body is complete: {received!r}")
        gc.collect()
        # Frames keep their variables, and a cycle keeps the frame until Python searches for cycles, which is rarely.
        kept = {found.f_code.co_name for found in gc.garbage if isinstance(found, FrameType)}
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not kept & {"chunks", "translated"}


def tls_pair(trusted: Authority) -> tuple[ssl.SSLSocket, ssl.SSLSocket]:
    """Two ends of a connection."""
    near, far = socket.socketpair()
    ends: list[ssl.SSLSocket] = []
    accepting = threading.Thread(
        target=lambda: ends.append(trusted.context("127.0.0.1").wrap_socket(far, server_side=True))
    )
    accepting.start()
    client = tls_context().wrap_socket(near, server_hostname="127.0.0.1")
    accepting.join()
    return client, ends[0]


def test_tls_gets_no_more_at_a_time_than_must_be_sent_in_time(
    trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    send = ssl.SSLSocket.send

    def counted(wire: ssl.SSLSocket, data: memoryview) -> int:
        sizes.append(len(data))
        return send(wire, data)

    monkeypatch.setattr(ssl.SSLSocket, "send", counted)
    content = os.urandom(4 * LEAST_BYTES + 1)
    client, server = tls_pair(trusted)
    received = bytearray()
    with client, server:
        sending = threading.Thread(target=send_in_time, args=(client, content))
        sending.start()
        while len(received) < len(content):
            received += server.recv(65536)
        sending.join()
    assert (bytes(received), sizes) == (content, [LEAST_BYTES] * 4 + [1])


def test_a_tls_server_that_hung_up_may_have_answered_before(trusted: Authority) -> None:
    client, server = tls_pair(trusted)
    with client, server:
        server.sendall(b"too large")
        socket.socket.shutdown(server, socket.SHUT_RD)
        socket.socket.shutdown(server, socket.SHUT_WR)
        with pytest.raises(BrokenPipeError):
            send_in_time(client, bytes(16 * 1024 * 1024))
        assert client.recv(65536) == b"too large"


def connected(trusted: Authority, origin: str, *, secure: bool) -> Callable[[socket.socket], None]:
    """A proxy that connects every client to one origin."""
    context = trusted.context("127.0.0.1")

    def talk(connection: socket.socket) -> None:
        near = context.wrap_socket(connection, server_side=True) if secure else connection
        host, _, port = origin.partition(":")
        with near, socket.create_connection((host, int(port))) as far:
            read_head(near)
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                waiting = isinstance(near, ssl.SSLSocket) and near.pending()
                ready = [near] if waiting else select.select([near, far], [], [])[0]
                for source, target in ((near, far), (far, near)):
                    if source in ready:
                        piece = source.recv(65536)
                        if not piece:
                            return
                        target.sendall(piece)

    return talk


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_leads_to_a_server_over_tls(
    sender: Transport, trusted: Authority, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    server = Answering(SHORT, SHORT, trusted.context(ELSEWHERE))
    for name in ("https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with talking(server) as origin, talking(connected(trusted, origin, secure=scheme == "https")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://{proxy}")
        assert sender.request("GET", Address.parse(f"https://{ELSEWHERE}/"), Tally()).body == b"abc"
        with sender.stream("GET", Address.parse(f"https://{ELSEWHERE}/"), Tally(), {}) as answer:
            assert b"".join(map(bytes, answer.chunks(2))) == b"abc"
        with sender.stream(
            "PUT", Address.parse(f"https://{ELSEWHERE}/"), Tally(), {"Content-Length": "0"}, [b""]
        ) as answer:
            assert answer.status == 200
        # Ended here, so that the proxy ends before its origin.
        sender.close()
    assert server.connections == 1


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
            assert sender.request("GET", Address.parse(f"https://{ELSEWHERE}/"), Tally()).body == b"abc"
    sender.close()
    assert ended[0].startswith(b"GET / ")
