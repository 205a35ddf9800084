"""A GitHub that is none, as behind a mistyped github-api-url: nothing it answers hurts a run or tells a token."""

import queue
import socket

import pytest
from tests.unit.registry.servers import talking

from crreg.deadline import Deadline
from crreg.github.client import GitHub
from crreg.github.errors import GitHubError

TOKEN = "ghp_" + "0123456789abcdefghijklmnopqrstuvwxyz"


def github(address: str, seconds: float = 3) -> GitHub:
    return GitHub.with_token(TOKEN, api_url=address, deadline=Deadline.after(seconds), say=lambda _: None)


def refused(address: str) -> str:
    with pytest.raises(GitHubError) as raised:
        github(address).get("/repos/octo/app")
    return raised.value.detail


def pour(connection: socket.socket, status: str) -> int:
    """Answer with a body that does not end; how much of it was taken."""
    connection.recv(65536)
    connection.sendall(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode())
    sent = 0
    try:
        while sent < 256 << 20:
            sent += connection.send(b"x" * 65536)
    except OSError:
        pass
    return sent


@pytest.mark.parametrize("status", ["403 Forbidden", "403 Forbidden\r\nRetry-After: 0", "503 Busy"])
def test_a_refusal_without_end_is_not_read_to_its_end(status: str) -> None:
    taken: queue.SimpleQueue[int] = queue.SimpleQueue()
    with talking(lambda connection: taken.put(pour(connection, status))) as address:
        refused(f"http://{address}")
        assert taken.get(timeout=20) < 16 << 20
