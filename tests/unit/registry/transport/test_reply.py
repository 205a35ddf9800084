"""The head of a response: read as http.client reads it, except where that would guess."""

import http.client
import io

import pytest
from urllib3 import HTTPHeaderDict

from crreg.registry.transport.reply import Reply

HEADS = {
    "a blob": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nDocker-Content-Digest: sha256:00\r\n\r\nabc",
    "no reason": b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    "an empty reason": b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
    "a reason with many blanks": b"HTTP/1.1 200 a" + b" " * 60_000 + b"b\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\n\r\nabc",
    "line feeds": b"HTTP/1.1 200 OK\nContent-Length: 3\nX: y\n\nabc",
    "no headers": b"HTTP/1.1 200 OK\r\n\r\nabc",
    "an end without an empty line": b"HTTP/1.1 200 OK\r\nX: y\r\n",
    "announced": b"HTTP/1.1 100 Continue\r\nX: a\r\n\r\nHTTP/1.1 201 Created\r\nX: b\r\n\r\n",
    "pieces": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 9\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "a last response": b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 3\r\n\r\nabc",
    "version 1.0": b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "version 1.0, kept": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc",
    "no body": b"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n",
    "a name twice": b'HTTP/1.1 401 No\r\nWWW-Authenticate: A\r\nwww-authenticate: B a="b"\r\nContent-Length: 0\r\n\r\n',
    "a negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: three\r\n\r\nabc",
    "no header": b"HTTP/1.1 200 OK\r\nX: a\r\nnothing\r\nY: b\r\n\r\nabc",
    "a blank before the colon": b"HTTP/1.1 200 OK\r\nX: a\r\nY : b\r\nZ: c\r\n\r\nabc",
    "latin letters": b"HTTP/1.1 200 OK\r\nX: \xe9\r\nContent-Length: 0\r\n\r\n",
    "no value": b"HTTP/1.1 200 OK\r\nX:\r\nContent-Length: 0\r\n\r\n",
}


class Wire:
    """A socket that received these bytes."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self._received))


def read(
    kind: type[http.client.HTTPResponse], received: bytes, method: str = "GET"
) -> http.client.HTTPResponse:
    reply = kind(Wire(received), method=method)  # type: ignore[arg-type]  # http.client only makes a file of it
    reply.begin()
    return reply


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("received", HEADS.values(), ids=HEADS)
def test_a_head_is_read_as_http_client_reads_it(received: bytes, method: str) -> None:
    expected, reply = read(http.client.HTTPResponse, received, method), read(Reply, received, method)

    assert isinstance(reply, Reply)
    assert reply.fields == HTTPHeaderDict(expected.headers.items())
    assert (reply.status, reply.reason, reply.version) == (expected.status, expected.reason, expected.version)
    assert (reply.chunked, reply.length) == (expected.chunked, expected.length)
    assert reply.will_close == expected.will_close
    assert reply.read() == expected.read()


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n",
    ],
)
def test_what_http_client_refuses_is_refused(received: bytes) -> None:
    for kind in (http.client.HTTPResponse, Reply):
        with pytest.raises(http.client.HTTPException):
            read(kind, received)


def test_a_value_goes_on_in_the_next_line() -> None:
    reply = read(Reply, b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n\r\n")

    assert isinstance(reply, Reply)
    assert dict(reply.fields) == {"X": "a b c", "Content-Length": "0"}


@pytest.mark.parametrize("lengths", [b"3, 4", b"3\r\nContent-Length: 4"])
def test_two_lengths_are_no_response(lengths: bytes) -> None:
    with pytest.raises(http.client.HTTPException):
        read(Reply, b"HTTP/1.1 200 OK\r\nContent-Length: " + lengths + b"\r\n\r\nabcd")


def test_the_same_length_twice_is_one() -> None:
    reply = read(Reply, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabcd")

    assert reply.read() == b"abc"
