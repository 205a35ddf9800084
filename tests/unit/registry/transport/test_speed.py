"""The least speed of a transfer: what drips ends as a stalled connection, whichever way the bytes go."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from tests.unit.registry.servers import talking

from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.image.transfer_error import PassingError, passing
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport import answer as answers
from crreg.registry.transport import speed
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.speed import Moving, Stalled
from crreg.registry.transport.transport import Transport
from crreg.registry.transport.watchdog import Watchdog

SECONDS = 0.4


@pytest.fixture
def sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[Transport]:
    monkeypatch.setattr(speed, "LEAST_SECONDS", SECONDS)
    transport = Transport(budget=60)
    yield transport
    transport.close()


def body(sender: Transport, url: str, size: int = 256 * 1024) -> bytes:
    with sender.stream("GET", Address.parse(url), Tally(), {}) as answer:
        return b"".join(map(bytes, answer.chunks(size)))


def read_head(connection: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)


def test_a_slow_body_is_passed_on_before_the_buffer_is_full(
    sender: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_PIECE_SECONDS", 0)
    monkeypatch.setattr(speed, "LEAST_SECONDS", 20)
    passed_on = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 131072\r\n\r\n" + bytes(65536))
        if passed_on.wait(20):
            connection.sendall(bytes(65536))

    with (
        talking(talk) as address,
        sender.stream("GET", Address.parse(f"http://{address}/"), Tally(), {}) as answer,
    ):
        received = 0
        for piece in answer.chunks(1024 * 1024):
            received += len(piece)
            passed_on.set()
    assert received == 131072


@pytest.mark.parametrize("length", [b"Content-Length: 1000000\r\n", b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_blob_that_drips_ends_as_stalled(sender: Transport, length: bytes) -> None:
    closing = threading.Event()
    piece = b"1\r\nx\r\n" if b"chunked" in length else b"x"

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n")
        while not closing.wait(0.05):
            connection.sendall(piece)

    with talking(talk) as address:
        with pytest.raises(RegistryError) as caught:
            body(sender, f"http://{address}/")
        closing.set()
    assert caught.value.outcome is LoginOutcome.UNREACHABLE
    assert caught.value.detail.startswith(
        f"The transfer with {address} stalled: it moved fewer than 64 KiB in "
    )
    # As after a broken connection another attempt is made.
    assert isinstance(passing(caught.value), PassingError)


def test_a_blob_that_is_slow_but_moves_arrives(sender: Transport) -> None:
    content = bytes(64 * 1024)

    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 196608\r\n\r\n")
        for _ in range(3):
            time.sleep(SECONDS * 0.6)
            connection.sendall(content)

    with talking(talk) as address:
        assert body(sender, f"http://{address}/") == content * 3


def test_the_time_that_the_reader_takes_does_not_count(sender: Transport) -> None:
    def talk(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n1234")
        connection.recv(1)

    with (
        talking(talk) as address,
        sender.stream("GET", Address.parse(f"http://{address}/"), Tally(), {}) as answer,
    ):
        pieces = answer.chunks(2)
        first = bytes(next(pieces))
        time.sleep(2 * SECONDS)
        assert first + b"".join(map(bytes, pieces)) == b"1234"


def test_an_upload_that_is_not_taken_ends_as_stalled(sender: Transport) -> None:
    closing = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while not closing.wait(0.05):
            connection.recv(1)

    pieces = [bytes(256 * 1024)] * 64
    headers = {"Content-Length": str(256 * 1024 * 64)}
    with talking(talk) as address:
        with (
            pytest.raises(RegistryError) as caught,
            sender.stream("PUT", Address.parse(f"http://{address}/"), Tally(), headers, pieces),
        ):
            pass
        closing.set()
    assert caught.value.detail.startswith(f"The transfer with {address} stalled")


def test_an_upload_arrives_as_it_was_given(sender: Transport) -> None:
    arrived = bytearray()

    def talk(connection: socket.socket) -> None:
        while len(arrived) < 1_000_000 or not arrived.endswith(b"end"):
            arrived.extend(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")

    content = bytes(range(256)) * 4096 + b"end"
    with (
        talking(talk) as address,
        sender.stream(
            "PUT",
            Address.parse(f"http://{address}/"),
            Tally(),
            {"Content-Length": str(len(content))},
            [content],
        ) as answer,
    ):
        assert answer.status == 201
    assert arrived.endswith(b"\r\n\r\n" + content)


def test_an_error_within_the_time_is_handed_on() -> None:
    with pytest.raises(KeyError), Moving(lambda: None):
        raise KeyError


def test_an_error_after_it_is_the_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "LEAST_SECONDS", 0.01)
    cut = threading.Event()

    def block() -> None:
        with Moving(cut.set):
            cut.wait(10)
            raise OSError

    with pytest.raises(Stalled):
        block()


def test_alarms_that_are_over_do_not_pile_up_behind_one_that_is_not() -> None:
    watchdog = Watchdog()
    with watchdog.within(30, lambda: None):
        for _ in range(10_000):
            with watchdog.within(60, lambda: None):
                pass
    assert len(watchdog._alarms) < 1100


def test_an_alarm_that_fails_silences_no_other() -> None:
    watchdog = Watchdog()
    rang = threading.Event()

    def broken() -> None:
        raise TypeError

    with watchdog.within(0.01, broken), watchdog.within(0.05, rang.set):
        assert rang.wait(10)
