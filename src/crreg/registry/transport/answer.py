"""HTTP responses, read whole up to a size limit, or in chunks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import HTTPError, TimeoutError  # noqa: A004 - urllib3's base class of all timeouts

from crreg.net.request_log import Exchange
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport.failure import Tally, translated
from crreg.registry.transport.speed import LEAST_BYTES, moving
from crreg.registry.transport.watchdog import WATCHDOG

if TYPE_CHECKING:
    from urllib3._collections import HTTPHeaderDict

LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_BODY_SECONDS = 30.0


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
                if answer.length_remaining == 0:
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
        """`address` is safe text for the final server, after redirects."""
        self._answer = answer
        self._exchange = exchange
        self._address = address
        self._remaining = remaining
        self.root = root
        """See `Response.root`."""
        self.status = answer.status
        self.headers = answer.headers

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the body in pieces of at most `size` bytes.

        Raises:
            RegistryError: the connection broke, the transfer stalled, or the time ran out.
        """
        while True:
            if not self._remaining():
                raise RegistryError(
                    LoginOutcome.UNREACHABLE, f"{self._address} was still sending when the time ran out."
                )
            read = bytearray()
            broken: RegistryError | None = None
            try:
                with translated(self._address, Tally()):
                    self._read(read, size)
            except RegistryError as error:
                broken = error
            # Keep what arrived before the connection broke, so that it is not requested again.
            if read:
                yield bytes(read)
            if broken is not None:
                raise broken
            if not read:
                self._answer.release_conn()
                return

    def _read(self, into: bytearray, size: int) -> None:
        """Read the next `size` bytes, or fewer at the end of the body. Raises Stalled and urllib3's errors."""
        while len(into) < size:
            most = min(size, len(into) + LEAST_BYTES)
            with moving(self._answer.shutdown):
                while len(into) < most and (piece := self._answer.read1(most - len(into))):
                    into += piece
            if len(into) < most:
                return

    def response(self, largest: int = LARGEST_BODY) -> Response:
        """Read at most `largest` bytes of the body, as for a request that is not streamed.

        Raises:
            RegistryError: the connection broke, or the time ran out.
        """
        with translated(self._address, Tally()), self._exchange:
            body = read_within(self._answer, self._remaining(), largest)
        self._exchange.answered(self.status, self._answer.tell())
        return Response(self.status, self.headers, body, self.root)

    def close(self) -> None:
        """Close the connection. If the body was read to its end, it is already back in the pool."""
        self._answer.close()
        self._exchange.answered(self.status, self._answer.tell())
