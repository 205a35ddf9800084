"""HTTP responses, read whole up to a size limit, or in chunks."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import HTTPError, TimeoutError  # noqa: A004 - urllib3's base class of all timeouts

from crreg.net.request_log import Exchange
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport.failure import Tally, translated
from crreg.registry.transport.speed import LEAST_BYTES, Moving
from crreg.registry.transport.watchdog import WATCHDOG

if TYPE_CHECKING:
    from urllib3._collections import HTTPHeaderDict

LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_BODY_SECONDS = 30.0
_PIECE_SECONDS = 1.0
"""After this time a piece is passed on although more would fit, so that its reader notices a cancellation."""
Piece = bytes | memoryview
"""Some bytes of a body. The next piece overwrites a memoryview."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response whose body was read up to a size limit."""

    status: int
    headers: "HTTPHeaderDict" = field(repr=False)
    body: bytes = field(repr=False)
    root: str = field(default="", repr=False)
    """Scheme, host and port of the final server after redirects: `https://ghcr.io`. Empty if not needed."""


def unpack(answer: urllib3.BaseHTTPResponse) -> None:
    """Decompress the body while it is read, if it is gzip, the only transport compression that docker reads."""
    if is_packed(answer.headers):
        answer.decode_content = True


def is_packed(headers: Mapping[str, str]) -> bool:
    """Return whether the body is compressed for transport, so that its length is not the content's."""
    return headers.get("Content-Encoding", "").strip().lower() == "gzip"


def read_within(answer: urllib3.BaseHTTPResponse, seconds: float, largest: int) -> bytes:
    """Read at most `largest` bytes of the body, in at most `seconds` and never more than half a minute.

    If there is more, the connection is closed, not drained.
    """
    body = bytearray()
    with WATCHDOG.within(min(_BODY_SECONDS, seconds), answer.shutdown) as alarm:
        try:
            while len(body) < largest and (chunk := answer.read1(_CHUNK)):
                body += chunk
                # A decoder may hold more than it gave.
                if answer.length_remaining == 0 and not answer.decode_content:
                    break
        except (HTTPError, OSError, ValueError):
            answer.close()
            if not alarm.late:
                raise
    if alarm.late:
        answer.close()
        raise TimeoutError
    if len(body) < largest:
        answer.release_conn()
    else:
        answer.close()
    return bytes(body[:largest])


class Answer:
    """A response whose body has not been read."""

    def __init__(
        self,
        answer: urllib3.BaseHTTPResponse,
        address: str,
        root: str,
        remaining: Callable[[], float],
        exchange: Exchange,
    ) -> None:
        """See the attributes for what is not obvious."""
        self._answer = answer
        self._exchange = exchange
        self.address = address
        """Safe text for the final server, after redirects: `ghcr.io`."""
        self._remaining = remaining
        self._filled = 0
        """How many bytes of a buffer were read."""
        self.root = root
        """See `Response.root`."""
        self.status = answer.status
        self.headers = answer.headers

    def chunks(self, size: int) -> Iterator[Piece]:
        """Yield the body in pieces of at most `size` bytes.

        Raises:
            RegistryError: the connection broke, the transfer stalled, or the time ran out.
        """
        length = self._answer.length_remaining
        # One byte more, so that the end of a body of exactly that length is seen with its last piece.
        buffer = memoryview(bytearray(size if length is None else min(size, length + 1)))
        while True:
            if not self._remaining():
                raise RegistryError(
                    LoginOutcome.UNREACHABLE, f"{self.address} was still sending when the time ran out."
                )
            self._filled = 0
            ended = False
            broken: RegistryError | None = None
            try:
                with translated(self.address, Tally()):
                    ended = self._fill(buffer)
            except RegistryError as error:
                broken = error
            # Keep what arrived before the connection broke, so that it is not requested again.
            if self._filled:
                yield buffer[: self._filled]
            try:
                if broken is not None:
                    raise broken
            finally:
                # It refers to this frame, and so to the buffer.
                del broken
            if ended:
                self._answer.release_conn()
                return

    def _fill(self, buffer: memoryview) -> bool:
        """Fill the buffer as far as the time for a piece allows; return whether the body has ended.

        Raises Stalled, if it is slower than the least allowed speed, and urllib3's errors.
        """
        late = time.monotonic() + _PIECE_SECONDS
        while self._filled < len(buffer):
            most = min(len(buffer), self._filled + LEAST_BYTES)
            with Moving(self._answer.shutdown):
                while self._filled < most and (count := self._answer.readinto(buffer[self._filled :])):
                    self._filled += count
            if self._filled < most:
                return True
            if time.monotonic() >= late:
                break
        return False

    def response(self, largest: int = LARGEST_BODY) -> Response:
        """Read at most `largest` bytes of the body, as for a request that is not streamed.

        Raises:
            RegistryError: the connection broke, or the time ran out.
        """
        with translated(self.address, Tally()), self._exchange:
            body = read_within(self._answer, self._remaining(), largest)
        self._exchange.answered(self.status, self._answer.tell())
        return Response(self.status, self.headers, body, self.root)

    def close(self) -> None:
        """Close the connection. If the body was read to its end, it is already back in the pool."""
        self._answer.close()
        self._exchange.answered(self.status, self._answer.tell())
