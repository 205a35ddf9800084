"""Connections that are opened ahead."""

import socket
from collections.abc import Iterator

import pytest

from crreg.deadline import Deadline
from crreg.github.client import GitHub
from crreg.github.opening import Openings

HOST = "127.0.0.1"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as listening:
        listening.settimeout(10)
        yield listening


def port_of(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def test_each_connection_is_taken_once(server: socket.socket) -> None:
    openings = Openings(HOST, port_of(server))
    openings.open(2)
    accepted = [server.accept() for _ in range(2)]
    taken = [openings.take(HOST, port_of(server)) for _ in range(3)]
    assert taken[2] is None
    assert {address for _, address in accepted} == {opened.getsockname() for opened in taken if opened}
    for opened in (*(end for end, _ in accepted), *taken):
        if opened is not None:
            opened.close()


def test_another_host_gets_none(server: socket.socket) -> None:
    openings = Openings(HOST, port_of(server))
    openings.open(1)
    assert openings.take("localhost", port_of(server)) is None
    openings.close()


def test_where_nobody_listens_there_is_none(server: socket.socket) -> None:
    port = port_of(server)
    server.close()
    openings = Openings(HOST, port)
    openings.open(1)
    assert openings.take(HOST, port) is None


def test_one_that_nobody_took_in_time_is_closed(
    server: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crreg.github.opening._FRESH", 0.0)
    openings = Openings(HOST, port_of(server))
    openings.open(1)
    end, _ = server.accept()
    with end:
        end.settimeout(10)
        assert openings.take(HOST, port_of(server)) is None
        assert end.recv(1) == b""


def test_those_that_are_left_are_closed_in_the_end(server: socket.socket) -> None:
    openings = Openings(HOST, port_of(server))
    openings.open(1)
    end, _ = server.accept()
    with end:
        end.settimeout(10)
        openings.close()
        assert end.recv(1) == b""


def test_a_request_travels_on_the_connection_that_was_opened_for_it(server: socket.socket) -> None:
    openings = Openings(HOST, port_of(server))
    openings.open(1)
    end, _ = server.accept()
    answer = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"login": 1}'
    github = GitHub.with_token(
        "ghp_x",
        api_url=f"http://{HOST}:{port_of(server)}",
        deadline=Deadline.after(10),
        say=lambda _: None,
        openings=openings,
    )
    with end:
        # The answer is there before the question: what matters is where it is looked for.
        end.sendall(answer)
        assert github.get("/user")["login"] == 1
        assert end.recv(65536).startswith(b"GET /user HTTP/1.1\r\n")
    github.close()
