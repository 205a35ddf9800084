"""Send one blob to a registry: mount it if possible, otherwise stream it, and resume or repeat if that breaks."""

import contextlib
import enum
import re
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from crreg.net.retry import RETRIES
from crreg.net.urls import Address
from crreg.registry.copy.source import ContentSource
from crreg.registry.copy.verified import VerifiedBlob
from crreg.registry.image.descriptor import Descriptor
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import PassingError, TransferError, worth_a_retry
from crreg.registry.outcome import TransferCause
from crreg.registry.transport.answer import Piece, Response

_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,16})")
_WORTH_RESUMING = 1024 * 1024
"""Bytes; sending less than this again is faster than asking how much arrived."""
_GOOD_PROGRESS = 4 * 1024 * 1024
"""Bytes that an attempt must add to an upload so that it does not count as failed."""
_KEPT = frozenset({HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.OK})
_TAKEN = frozenset({HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.CREATED})
# Responses of registries that accept a blob's bytes only in a PATCH.
_NO_BODY = frozenset(
    {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.NOT_IMPLEMENTED}
)
# The registry no longer knows the upload, because it was restarted or keeps only complete requests.
_FORGOTTEN = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
)
# A registry often fails once with 500 while it stores a blob: https://github.com/moby/moby/issues/17506.
# A proxy in front of it answers 408 if the bytes come slowly: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
_PASSING = _FORGOTTEN | {HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.REQUEST_TIMEOUT}


class Stopped(Exception):  # noqa: N818 - not an error itself: another error, or the user, stopped the copy
    """The copy was stopped early; open uploads are canceled."""


@dataclass(slots=True)
class _Session:
    """One open upload."""

    location: Address
    offset: int = 0
    """Bytes that the registry is known to have received."""
    in_pieces: bool = False
    """Whether bytes are sent with PATCH, and the final PUT has no body."""
    sent: int = 0
    """Bytes that were sent, including those that may not have arrived."""


class Uploader:
    """Sends blobs from one source to one repository. Thread-safe."""

    def __init__(
        self, source: ContentSource, target: Remote, stop: threading.Event, sent: Callable[[int], None]
    ) -> None:
        """`sent` is called with the bytes of every piece sent, and with a negative number for bytes that were lost."""
        self._source = source
        self._target = target
        self._stop = stop
        self._sent = sent
        self._in_pieces = False

    def send(self, blob: Descriptor, location: Address) -> None:
        """Send the blob to the upload at `location`.

        Raises:
            TransferError: the blob did not arrive; the upload is canceled.
            Stopped: the copy was stopped.
        """
        session: _Session | None = _Session(location, in_pieces=self._in_pieces)
        verified = VerifiedBlob(self._source, blob, self._wait)
        attempt = 0
        try:
            while True:
                if session is None:
                    session = _Session(self._target.open_upload(), in_pieces=self._in_pieces)
                try:
                    self._send_once(session, blob, verified)
                except PassingError as error:
                    # If the source failed, all retries were already used there.
                    if error.at_source:
                        raise
                    goes_on = attempt < RETRIES and self._wait(attempt, error.retry_after)
                    if session.sent >= blob.size and self._arrived(blob):
                        return
                    if not goes_on:
                        raise
                    before = session.offset
                    session = self._resumed(session)
                    # As with reading, an attempt that made good progress does not count as failed.
                    progressed = session is not None and session.offset - before >= _GOOD_PROGRESS
                    attempt = 0 if progressed else attempt + 1
                else:
                    return
        except BaseException:
            if session is not None:
                self._target.cancel_upload(session.location)
            raise

    def _arrived(self, blob: Descriptor) -> bool:
        """Whether the registry has the blob, although its answer to the last request was lost or an error."""
        try:
            return self._target.has_blob(blob.digest)
        except TransferError:
            return False

    def _wait(self, attempt: int, retry_after: str | None) -> bool:
        if self._stop.is_set():
            raise Stopped
        return self._target.transport.wait(attempt, retry_after)

    def _send_once(self, session: _Session, blob: Descriptor, verified: VerifiedBlob) -> None:
        """Send what is missing, and complete the upload."""
        if session.in_pieces or session.offset:
            # No range describes no bytes, so nothing is sent of an empty blob.
            if session.offset < blob.size:
                self._patch(session, blob, verified)
            self._commit(session, blob)
            return
        address = _with_digest(session.location, blob.digest)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)}
        response = self._stream("PUT", address, headers, verified, session)
        if response.status in _NO_BODY:
            self._in_pieces = True
            raise PassingError(TransferCause.UNSUPPORTED, self._refused(blob, response).detail)
        self._judge(response, blob, _KEPT)

    def _patch(self, session: _Session, blob: Descriptor, verified: VerifiedBlob) -> None:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(blob.size - session.offset),
            "Content-Range": f"{session.offset}-{blob.size - 1}",
        }
        response = self._stream("PATCH", session.location, headers, verified, session)
        self._judge(response, blob, _TAKEN)
        session.location = self._target.location(session.location, response.headers)
        session.offset = blob.size

    def _commit(self, session: _Session, blob: Descriptor) -> None:
        address = _with_digest(session.location, blob.digest)
        with self._target.stream("PUT", address, {"Content-Length": "0"}, ()) as answer:
            response = answer.response()
        self._judge(response, blob, _KEPT)

    def _stream(
        self,
        method: str,
        address: Address,
        headers: dict[str, str],
        verified: VerifiedBlob,
        session: _Session,
    ) -> Response:
        """Send the blob, starting at the session's offset."""
        pieces = self._counted(verified.chunks(session.offset), session)
        try:
            with self._target.stream(method, address, headers, pieces) as answer:
                return answer.response()
        finally:
            pieces.close()

    def _counted(
        self, pieces: Generator[Piece, None, None], session: _Session
    ) -> Generator[Piece, None, None]:
        """Yield the pieces and count them; a stop aborts the request, so that the registry keeps no partial blob."""
        # Closed here because an exception's traceback would keep the source's connection open.
        with contextlib.closing(pieces):
            for piece in pieces:
                if self._stop.is_set():
                    raise Stopped
                # Counted first because a part of a piece may arrive even if the connection breaks.
                session.sent += len(piece)
                self._sent(len(piece))
                yield piece

    def _resumed(self, session: _Session) -> _Session | None:
        """Return the session with which a broken upload continues; None if it must start again."""
        resumed = None
        if session.sent >= _WORTH_RESUMING and session.in_pieces >= self._in_pieces:
            resumed = self._received(session)
        if resumed is None:
            self._target.cancel_upload(session.location)
        self._sent((resumed.offset if resumed else 0) - session.sent)
        return resumed

    def _received(self, session: _Session) -> _Session | None:
        response = self._target.ask("GET", session.location)
        received = _RANGE.fullmatch(response.headers.get("Range", ""))
        if response.status not in _TAKEN | _KEPT or received is None:
            return None
        offset = int(received[1]) + 1
        # For `0-0` some registries mean no bytes, others one byte. No registry can have more than was sent.
        if not _WORTH_RESUMING <= offset <= session.sent:
            return None
        location = session.location
        if response.headers.get("Location"):
            location = self._target.location(location, response.headers)
        return _Session(location, offset, in_pieces=True, sent=offset)

    def _judge(self, response: Response, blob: Descriptor, good: frozenset[HTTPStatus]) -> None:
        if response.status in good:
            return
        error = self._refused(blob, response)
        if response.status in _PASSING and error.cause is not TransferCause.QUOTA:
            raise worth_a_retry(error)
        raise error

    def _refused(self, blob: Descriptor, response: Response) -> TransferError:
        return self._target.refused(f"to accept blob {blob.digest}", response)


def _with_digest(location: Address, digest: str) -> Address:
    target = location.target
    return location.at(f"{target}{'&' if '?' in target else '?'}digest={quote(digest, safe='')}")


class Placement(enum.Enum):
    """How a blob gets to the target."""

    THERE = enum.auto()
    """It is already there."""
    MOUNTED = enum.auto()
    """The registry copied it from another of its repositories."""
    SENT = enum.auto()


class BlobPlacer:
    """Finds out how each blob gets to one repository. Thread-safe.

    A blob of the same registry is mounted. Otherwise a HEAD request shows whether it exists. If the registry can mount
    a blob from the target repository itself, a single POST is enough: it either mounts the blob or opens an upload.
    This is tried once, on a blob that was just sent.
    """

    def __init__(self, target: Remote, origin: str, *, learn: bool) -> None:
        """`origin` is the repository of the same registry that has all blobs, or empty. `learn` allows trying it."""
        self._target = target
        self._origin = origin
        self._learn = learn
        self._mounts_itself = False
        self._lock = threading.Lock()

    def place(self, blob: Descriptor) -> tuple[Placement, Address | None]:
        """Return how the blob gets to the target and, for SENT, the address of the upload.

        Raises:
            TransferError: the registry does not say, or does not accept an upload.
        """
        opened: Address | None = None
        # The origin lacks what was made here, such as a labeled configuration. To ask for it would end all mounting.
        if self._origin and blob.data is None:
            # Some registries refuse a mount that is not possible, when they should open an upload.
            with contextlib.suppress(TransferError):
                opened = self._target.mount(blob.digest, self._origin)
                if opened is None:
                    return Placement.MOUNTED, None
            self._origin = ""
        elif self._mounts_itself:
            # If the registry can't read its blob, this fails and the blob is sent again.
            with contextlib.suppress(TransferError):
                opened = self._target.mount(blob.digest, self._target.repository)
                return (Placement.THERE, None) if opened is None else (Placement.SENT, opened)
        if self._target.has_blob(blob.digest):
            if opened is not None:
                self._target.cancel_upload(opened)
            return Placement.THERE, None
        return Placement.SENT, opened or self._target.open_upload()

    def learn_from(self, blob: Descriptor) -> None:
        """Try the POST on a blob that the target now has."""
        with self._lock:
            learn, self._learn = self._learn, False
        if not learn or self._origin:
            return
        try:
            opened = self._target.mount(blob.digest, self._target.repository)
        except TransferError:
            return
        if opened is None:
            self._mounts_itself = True
        else:
            self._target.cancel_upload(opened)
