"""What a server answers: read whole and cut to a bound, or bit by bit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import HTTPError, TimeoutError  # noqa: A004 - here it is the one name for an answer that is late

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
    """An answer, its body read and cut to a bound."""

    status: int
    headers: "HTTPHeaderDict" = field(repr=False)
    body: bytes = field(repr=False)
    root: str = field(default="", repr=False)
    """Scheme, host and port of who answered in the end, `https://ghcr.io`; empty if that does not matter."""


def unpack(answer: urllib3.BaseHTTPResponse) -> None:
    """Have the body decompressed while it is read, if it was compressed on the way; docker reads gzip, and no other."""
    if is_packed(answer.headers):
        answer.decode_content = True


def is_packed(headers: Mapping[str, str]) -> bool:
    """Return whether the body is compressed on the way, so that its length says nothing of the content's."""
    return headers.get("Content-Encoding", "").strip().lower() == "gzip"


def read_within(answer: urllib3.BaseHTTPResponse, seconds: float, largest: int) -> bytes:
    """The body up to a bound, within so many seconds and never more than half a minute.

    A connection with more to come is closed, not drained.
    """
    body = bytearray()
    with WATCHDOG.within(min(_BODY_SECONDS, seconds), answer.shutdown) as alarm:
        try:
            while len(body) < largest and (chunk := answer.read1(_CHUNK)):
                body += chunk
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
    """An answer whose body is still to be read."""

    def __init__(
        self, answer: urllib3.BaseHTTPResponse, address: str, root: str, remaining: Callable[[], float]
    ) -> None:
        self._answer = answer
        self._address = address
        self._remaining = remaining
        self.root = root
        """As of a response that was read."""
        self.status = answer.status
        self.headers = answer.headers

    def chunks(self, size: int) -> Iterator[bytes]:
        """The body in pieces of at most `size` bytes.

        Raises:
            RegistryError: the body broke off or stalled, or the time ran out.
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
            # What came before the connection broke need not be asked for again.
            if read:
                yield bytes(read)
            if broken is not None:
                raise broken
            if not read:
                self._answer.release_conn()
                return

    def _read(self, into: bytearray, size: int) -> None:
        """Read the next bytes, fewer than `size` at the body's end alone; raises Stalled, and what urllib3 raises."""
        while len(into) < size:
            most = min(size, len(into) + LEAST_BYTES)
            with moving(self._answer.shutdown):
                while len(into) < most and (piece := self._answer.read1(most - len(into))):
                    into += piece
            if len(into) < most:
                return

    def response(self) -> Response:
        """The whole, with its body cut to a bound, as of a request that is not streamed."""
        with translated(self._address, Tally()):
            return Response(
                self.status,
                self.headers,
                read_within(self._answer, self._remaining(), LARGEST_BODY),
                self.root,
            )
