"""Connections that are opened while a login is answered, for the images that are asked for after it."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.unit.registry.servers import (
    Answer,
    Request,
    Server,
    basic,
    basic_registry,
    serving,
    talking,
)
from tests.unit.registry.transport.certificates import Authority

from crreg.net.urls import Address
from crreg.registry.client import RegistryClient
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome, PullOutcome
from crreg.registry.reference import ImageReference
from crreg.registry.transport import transport
from crreg.registry.transport.connection import BoundedConnection
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.transport import Transport
from crreg.triple import Triple

IMAGES = 4
PATIENCE = 20.0
"""Seconds that a server waits for connections before the test fails."""


@pytest.fixture
def sender() -> Iterator[Transport]:
    transport = Transport(budget=60)
    yield transport
    transport.close()


class Gathering:
    """A registry that answers a login once the connections for the images are there, and then all images at once."""

    def __init__(self, connections: int) -> None:
        self.server: Server | None = None
        self.connections = connections
        self.before_login = 0
        self._registry = basic_registry("me", "pass", tuple(f"a/b{n}/manifests/1" for n in range(IMAGES)))
        self._all_ask = threading.Barrier(IMAGES)

    def answer(self, request: Request) -> Answer:
        assert self.server is not None
        if request.path == "/v2/" and request.authorization:
            arrived = threading.Event()
            for _ in range(int(PATIENCE * 100)):
                if self.server.connections >= self.connections or arrived.wait(0.01):
                    break
            self.before_login = self.server.connections
        if "/manifests/" in request.path:
            self._all_ask.wait(PATIENCE)
        return self._registry(request)


def check(server: Server) -> list[PullOutcome]:
    """Log in, and ask for all images at the same time, as a check does."""
    triple = Triple("X", server.address, "me", "pass")
    images = [ImageReference.parse(f"{server.address}/a/b{number}:1") for number in range(IMAGES)]
    with RegistryClient() as client, ThreadPoolExecutor(IMAGES) as threads:
        client.expect(server.address, IMAGES)
        assert client.login(triple).outcome is LoginOutcome.SUCCEEDED
        return [pull.outcome for pull in threads.map(lambda image: client.pull(image, triple), images)]


def test_the_connections_for_the_images_are_opened_during_the_login() -> None:
    registry = Gathering(IMAGES)
    with serving(registry.answer) as server:
        registry.server = server
        assert check(server) == [PullOutcome.AVAILABLE] * IMAGES
        assert (registry.before_login, server.connections) == (IMAGES, IMAGES)


def test_so_are_those_over_tls(trusted: Authority) -> None:
    # One more, which speaks plain http first, since the registry is on this machine.
    registry = Gathering(IMAGES + 1)
    with serving(registry.answer, trusted.context("127.0.0.1")) as server:
        registry.server = server
        assert check(server) == [PullOutcome.AVAILABLE] * IMAGES
        assert (registry.before_login, server.connections) == (IMAGES + 1, IMAGES + 1)


def test_a_login_alone_opens_one_connection() -> None:
    with serving(basic_registry("me", "pass")) as server, RegistryClient() as client:
        client.expect(server.address, 1)
        client.login(Triple("X", server.address, "me", "pass"))
        assert server.connections == 1


def test_a_connection_that_the_server_drops_at_the_request_costs_another_attempt(sender: Transport) -> None:
    accepted: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        accepted.append(b"")
        connection.recv(65536)
        if len(accepted) > 1:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with talking(talk) as address:
        sender.open_ahead(Address.parse(f"http://{address}"), 1)
        tally = Tally()
        assert sender.request("GET", Address.parse(f"http://{address}/"), tally).status == 200
    assert (len(accepted), tally.requests) == (2, 2)


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
@pytest.mark.parametrize("secure", [False, True])
def test_a_connection_on_which_the_server_gave_up_is_not_used(
    sender: Transport,
    trusted: Authority,
    said: bytes,
    secure: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    context, gave_up, accepted = trusted.context("127.0.0.1"), threading.Event(), []

    def talk(connection: socket.socket) -> None:
        accepted.append(b"")
        first = len(accepted) == 1
        wire = context.wrap_socket(connection, server_side=True) if secure else connection
        with wire:
            if first:
                wire.sendall(said)
                socket.socket.shutdown(wire, socket.SHUT_WR)
                gave_up.set()
            wire.recv(65536)
            wire.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    url = "https" if secure else "http"
    with talking(talk) as address:
        sender.open_ahead(Address.parse(f"{url}://{address}"), 1)
        assert gave_up.wait(PATIENCE)
        tally = Tally()
        # Sent once, so that it need not be something that may be repeated.
        assert sender.request("POST", Address.parse(f"{url}://{address}/"), tally, retries=0).status == 200
    assert (len(accepted), tally.requests) == (2, 1)


def test_a_connection_that_takes_too_long_is_not_waited_for(
    sender: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_CONNECT_SECONDS", 0.1)
    connect, hangs, closed = BoundedConnection.connect, threading.Event(), threading.Event()

    def slow(connection: BoundedConnection) -> None:
        if threading.current_thread() is not threading.main_thread():
            hangs.wait(PATIENCE)
        connect(connection)

    def talk(connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        if connection.recv(65536):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        else:
            closed.set()

    monkeypatch.setattr(BoundedConnection, "connect", slow)
    with talking(talk) as address:
        sender.open_ahead(Address.parse(f"http://{address}"), 1)
        assert sender.request("GET", Address.parse(f"http://{address}/"), Tally()).status == 200
        hangs.set()
        assert closed.wait(PATIENCE)


def test_a_connection_that_can_not_be_opened_is_left_to_the_request(sender: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"127.0.0.1:{closed.getsockname()[1]}"
    sender.open_ahead(Address.parse(f"http://{address}"), 3)
    with pytest.raises(RegistryError, match="Could not connect to"):
        sender.request("GET", Address.parse(f"http://{address}/"), Tally(), retries=0)


def test_connections_that_nothing_used_are_closed_at_the_end() -> None:
    ended = threading.Semaphore(0)

    def talk(connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        if connection.recv(1) == b"":
            ended.release()

    with talking(talk) as address:
        sender = Transport(budget=60)
        sender.open_ahead(Address.parse(f"http://{address}"), 2)
        sender.close()
        assert all(ended.acquire(timeout=PATIENCE) for _ in range(2))


def test_no_more_are_opened_than_a_pool_keeps(sender: Transport) -> None:
    with serving(lambda _: Answer(401, {}, {"WWW-Authenticate": 'Basic realm="x"'})) as server:
        sender.open_ahead(Address.parse(server.url), 1_000)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: sender.request("GET", Address.parse(server.url), Tally()), range(8)))
        assert server.connections <= 8


def test_a_wrong_password_is_sent_once() -> None:
    with serving(basic_registry("me", "pass")) as server, RegistryClient() as client:
        client.expect(server.address, IMAGES)
        triple = Triple("X", server.address, "me", "wrong")
        assert client.login(triple).outcome is LoginOutcome.DENIED
        sent = [request.authorization for request in server.requests if request.authorization]
        assert sent == [basic("me", "wrong")]
