"""Responses whose headers are parsed line by line.

http.client parses them as those of an email. For a blob of 2 kB, that took longer than sending and receiving it.
"""

import contextlib
import re
import socket
from http import HTTPStatus
from http.client import BadStatusLine, HTTPException, HTTPResponse, LineTooLong, RemoteDisconnected
from typing import Any

from urllib3 import HTTPHeaderDict

from crreg.registry.transport.sockets import holds_bytes, shut

_LONGEST_LINE = 64 * 1024
_MOST_LINES = 100
"""The same limits as http.client's."""
_MOST_HEADS = 100
"""The most heads of one response: a registry may announce every few seconds that it is still busy."""
_STATUS = re.compile(r"HTTP/(?P<version>0\.9|1\.[0-9])[ \t]+(?P<status>[1-9][0-9]{2})(?=\s)")
_HTTP_1_0, _HTTP_1_1 = 10, 11
_NAME = re.compile(r"[!-9;-~]+")
_BLANKS = " \t\r\n"
_ENDS = frozenset({"\r\n", "\n"})
_LENGTH = re.compile(r"[0-9]{1,18}")
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Reply(HTTPResponse):
    """A response on one of urllib3's connections. http.client reads its body."""

    fields: HTTPHeaderDict
    """The headers."""
    _method: str

    def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self._wire = sock

    def begin(self) -> None:
        """Read the head of the response, and skip those that only announce another one.

        Raises:
            HTTPException: it is not a response of HTTP/1.
        """
        for _ in range(_MOST_HEADS):
            # Checked before more is read: a server that does not speak HTTP may wait for us now.
            line = self._line()
            if not line:
                raise RemoteDisconnected("The server closed the connection without a response.")
            match = _STATUS.match(line)
            if match is None:
                raise BadStatusLine(line[:100])
            lines = self._lines()
            status = int(match["status"])
            # Any other 1xx announces a response (RFC 9110, section 15.2).
            if status >= HTTPStatus.OK or status == HTTPStatus.SWITCHING_PROTOCOLS:
                break
        else:
            raise HTTPException(f"more than {_MOST_HEADS} heads")
        self.version = _HTTP_1_1 if match["version"] > "1.0" else _HTTP_1_0
        self.status, self.reason = status, line[match.end() :].strip()
        self.fields = _parsed(lines)
        without_body = status < HTTPStatus.OK or status in _WITHOUT_BODY or self._method == "HEAD"
        in_pieces = _is_in_pieces(self.fields)
        self.chunked = in_pieces and not without_body
        self.chunk_left = None
        self.length = 0 if without_body else None if self.chunked else _length(self.fields)
        options = _words(self.fields, "Connection")
        ends = "close" in options if self.version == _HTTP_1_1 else "keep-alive" not in options
        # A proxy on the way may have read the head in another way (RFC 9112, sections 2.2, 5.2 and 6.3).
        unclear = in_pieces and (self.version == _HTTP_1_0 or "Content-Length" in self.fields)
        self.will_close = (
            ends
            or unclear
            or any(line[0] in " \t" or "\r" in line[:-2] for line in lines)
            # What follows is another protocol.
            or status == HTTPStatus.SWITCHING_PROTOCOLS
            or (self.length is None and not self.chunked)
        )

    def read_some(self, into: memoryview) -> int:
        """Read what has arrived of a body that is not in pieces; return how many bytes, 0 only at its end."""
        if self.fp is None or not into:
            return 0
        count: int = self.fp.readinto1(into if self.length is None else into[: self.length])
        if self.length is not None:
            self.length -= count
        if not count or self.length == 0:
            self.close()
        return count

    def _close_conn(self) -> None:
        """Let go of the connection. http.client calls it at the end of a body.

        If more has arrived, the rest of that would be read as the response to the next request, so hang up.
        """
        if self.will_close is False and self._has_more():
            with contextlib.suppress(OSError):
                shut(self._wire, socket.SHUT_RDWR)
        super()._close_conn()  # type: ignore[misc]  # typeshed leaves it out

    def _has_more(self) -> bool:
        # So that only the buffer is looked at: a look that reads from the socket would wait.
        self.fp.raw.readinto = _no_bytes  # type: ignore[method-assign]  # of this one object
        return bool(self.fp.peek(1)) or holds_bytes(self._wire)

    def _line(self) -> str:
        """Read a line; it is empty if the server closed the connection."""
        line: bytes = self.fp.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise LineTooLong("header line")
        return line.decode("iso-8859-1")

    def _lines(self) -> list[str]:
        """Read the lines up to the empty one that ends a head. A head that was cut off would lack some."""
        lines: list[str] = []
        while (line := self._line()) not in _ENDS:
            if not line:
                raise RemoteDisconnected("The server closed the connection within a response's headers.")
            lines.append(line)
            if len(lines) > _MOST_LINES:
                raise HTTPException(f"more than {_MOST_LINES} headers")
        return lines


def _no_bytes(_into: object) -> None:
    """Read nothing, as a socket does when nothing has arrived."""


def _parsed(lines: list[str]) -> HTTPHeaderDict:
    """Parse header lines. As in http.client, nothing counts from the first line on that is no header."""
    found: list[tuple[str, str]] = []
    for line in lines:
        if line[0] in " \t" and found:
            # An old way to continue the line above (RFC 9112, section 5.2).
            name, value = found[-1]
            found[-1] = name, f"{value} {line.strip(_BLANKS)}"
            continue
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            break
        found.append((name, value.strip(_BLANKS)))
    return HTTPHeaderDict(found)


def _words(fields: HTTPHeaderDict, name: str) -> list[str]:
    """Return the entries of a header that is a list, in lower case."""
    listed = fields.get(name)
    return [word.strip() for word in listed.lower().split(",")] if listed else []


def _is_in_pieces(fields: HTTPHeaderDict) -> bool:
    """Return whether the body is chunked.

    Raises:
        HTTPException: it is coded in another way, which docker does not read either. Source: `parseTransferEncoding` in
            https://github.com/golang/go/blob/go1.24.0/src/net/http/transfer.go
    """
    codings = _words(fields, "Transfer-Encoding")
    if codings and codings != ["chunked"]:
        raise HTTPException("an unknown transfer coding")
    return bool(codings)


def _length(fields: HTTPHeaderDict) -> int | None:
    """Return the bytes of the body; None if the end of the connection ends it.

    Raises:
        HTTPException: there are several lengths.
    """
    lengths = set(_words(fields, "Content-Length"))
    if len(lengths) > 1:
        raise HTTPException("several lengths")
    length = lengths.pop() if lengths else ""
    return int(length) if _LENGTH.fullmatch(length) else None
