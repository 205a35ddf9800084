"""Responses whose headers are parsed line by line.

http.client parses them as those of an email. For a blob of 2 kB, that took longer than sending and receiving it.
"""

import re
from http import HTTPStatus
from http.client import BadStatusLine, HTTPException, HTTPResponse, LineTooLong, RemoteDisconnected

from urllib3 import HTTPHeaderDict

_LONGEST_LINE = 64 * 1024
_MOST_LINES = 100
"""The same limits as http.client's."""
_STATUS = re.compile(r"HTTP/(?P<version>0\.9|1\.[0-9])[ \t]+(?P<status>[1-9][0-9]{2})(?=\s)")
_HTTP_1_0, _HTTP_1_1 = 10, 11
_NAME = re.compile(r"[!-9;-~]+")
_BLANKS = " \t\r\n"
_ENDS = frozenset({"\r\n", "\n", ""})
_LENGTH = re.compile(r"[0-9]{1,18}")
_INTERIM = frozenset({HTTPStatus.CONTINUE, HTTPStatus.PROCESSING, HTTPStatus.EARLY_HINTS})
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class Reply(HTTPResponse):
    """A response on one of urllib3's connections. http.client reads its body."""

    fields: HTTPHeaderDict
    """The headers."""
    _method: str

    def begin(self) -> None:
        """Read the head of the response, and skip those that only announce another one.

        Raises:
            HTTPException: it is not a response of HTTP/1.
        """
        while True:
            # Checked before more is read: a server that does not speak HTTP may wait for us now.
            line = self._line()
            if not line:
                raise RemoteDisconnected("The server closed the connection without a response.")
            match = _STATUS.match(line)
            if match is None:
                raise BadStatusLine(line[:100])
            lines = self._lines()
            status = int(match["status"])
            if status not in _INTERIM:
                break
        self.version = _HTTP_1_1 if match["version"] > "1.0" else _HTTP_1_0
        self.status, self.reason = status, line[match.end() :].strip()
        self.fields = _parsed(lines)
        self.chunked = "chunked" in _words(self.fields, "Transfer-Encoding")
        self.chunk_left = None
        without_body = status < HTTPStatus.OK or status in _WITHOUT_BODY or self._method == "HEAD"
        self.length = 0 if without_body else None if self.chunked else _length(self.fields)
        options = _words(self.fields, "Connection")
        ends = "close" in options if self.version == _HTTP_1_1 else "keep-alive" not in options
        self.will_close = ends or (self.length is None and not self.chunked)

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

    def _line(self) -> str:
        """Read a line; it is empty if the server closed the connection."""
        line: bytes = self.fp.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise LineTooLong("header line")
        return line.decode("iso-8859-1")

    def _lines(self) -> list[str]:
        """Read the lines up to the empty one that ends a head."""
        lines: list[str] = []
        while (line := self._line()) not in _ENDS:
            lines.append(line)
            if len(lines) > _MOST_LINES:
                raise HTTPException(f"more than {_MOST_LINES} headers")
        return lines


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
