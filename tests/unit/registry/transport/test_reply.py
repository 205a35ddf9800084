"""The head of a response: read as http.client reads it, except where that would guess."""

import http.client
import random
import socket

import pytest
from urllib3 import HTTPHeaderDict

from crreg.registry.transport.reply import Reply

HEADS = {
    "a blob": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nDocker-Content-Digest: sha256:00\r\n\r\nabc",
    "no reason": b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    "an empty reason": b"HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n",
    "a reason with many blanks": b"HTTP/1.1 200 a" + b" " * 60_000 + b"b\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"HTTP/1.1 101 Switching Protocols\r\nConnection: close\r\n\r\nabc",
    "line feeds": b"HTTP/1.1 200 OK\nContent-Length: 3\nX: y\n\nabc",
    "no headers": b"HTTP/1.1 200 OK\r\n\r\nabc",
    "announced": b"HTTP/1.1 100 Continue\r\nX: a\r\n\r\nHTTP/1.1 201 Created\r\nX: b\r\n\r\n",
    "pieces": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
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


def read(
    kind: type[http.client.HTTPResponse], received: bytes, method: str = "GET"
) -> http.client.HTTPResponse:
    near, far = socket.socketpair()
    with far:
        far.sendall(received)
    # Closed with the response, which reads from it.
    with near:
        reply = kind(near, method=method)
    try:
        reply.begin()
    except http.client.HTTPException:
        reply.close()
        raise
    return reply


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("received", HEADS.values(), ids=HEADS)
def test_a_head_is_read_as_http_client_reads_it(received: bytes, method: str) -> None:
    expected, reply = read(http.client.HTTPResponse, received, method), read(Reply, received, method)

    assert isinstance(reply, Reply)
    assert reply.fields == HTTPHeaderDict(expected.headers.items())
    assert (reply.status, reply.reason, reply.version) == (expected.status, expected.reason, expected.version)
    # http.client waits for the pieces of a response that has none.
    assert (reply.chunked, reply.length) == (expected.chunked and expected.length is None, expected.length)
    assert reply.will_close == expected.will_close
    assert reply.read() == expected.read()


PARTS = (
    *(
        "HTTP/1.1 200 OK",
        "HTTP/1.0 200 OK",
        "HTTP/1.1 100 Go on",
        "HTTP/1.1 204 No",
        "HTTP/1.1 101 X",
        "HTTP/1.1 304 ",
    ),
    *(
        "Content-Length: 3",
        "Content-Length: 4",
        "Content-Length: 3, 3",
        "Content-Length: +3",
        "content-length:3",
    ),
    *(
        "Content-Length: 1_0",
        "Content-Length: \xb2",
        "Content-Length:",
        "Content-Length : 9",
        "Content-Length: " + "9" * 30,
    ),
    *(
        "Transfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity",
        "Connection: close",
    ),
    *(
        "Connection: keep-alive",
        "Connection: x, Close",
        "Keep-Alive: 3",
        " folded",
        "\tchunked",
        "X: \0\x7f\xff",
        "X: a\rY: b",
    ),
    *(
        "",
        "no header",
        ": no name",
        "X",
        "X:y:z",
        "\r",
        "\0",
        "3",
        "abc",
        "0",
        "HTTP/0.9 200",
        "HTTP/1.1 999 \x85",
        "\x0b",
    ),
)
ENDS = ("\r\n", "\r\n", "\r\n", "\r\n", "\n", "\n\r", "")


def generated(seed: int) -> bytes:
    """A response that is almost right."""
    chance = random.Random(seed)  # noqa: S311 - guards nothing
    lines = [
        chance.choice(PARTS[:6]),
        *chance.choices(PARTS, k=chance.randrange(6)),
        "",
        "3",
        "abc",
        "0",
        "",
        "abc",
    ]
    return "".join(line + chance.choice(ENDS) for line in lines).encode("iso-8859-1")


def kept(kind: type[http.client.HTTPResponse], received: bytes, method: str) -> tuple[object, ...] | None:
    """What was understood of a response after which the connection is kept: its status, and where its body ends."""
    try:
        reply = read(kind, received, method)
    except http.client.HTTPException:
        return None
    with reply:
        return (
            None if reply.will_close else (reply.status, reply.chunked and reply.length is None, reply.length)
        )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_no_connection_is_kept_that_http_client_would_read_in_another_way(method: str) -> None:
    responses = [generated(seed) for seed in range(3_000)]
    replies = {each: reply for each in responses if (reply := kept(Reply, each, method)) is not None}
    others = {each: kept(http.client.HTTPResponse, each, method) for each in replies}

    assert len(replies) > 100
    # http.client takes any header with `close` in it for the end of the connection.
    assert {each: reply for each, reply in replies.items() if others[each] not in (reply, None)} == {}


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


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3, 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: y\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 1_000,
    ],
)
def test_what_http_client_would_guess_is_no_response(received: bytes) -> None:
    with pytest.raises(http.client.HTTPException):
        read(Reply, received)


def test_the_same_length_twice_is_one() -> None:
    reply = read(Reply, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabcd")

    assert reply.read() == b"abc"
