"""Sending one blob to a registry: mounted where it can be, else streamed, resumed or repeated where that breaks off."""

import contextlib
import enum
import re
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from crreg.registry.copy.source import Source
from crreg.registry.copy.verified import VerifiedBlob
from crreg.registry.image.descriptor import Descriptor
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import PassingError, TransferCause, TransferError
from crreg.registry.transport.answer import Response
from crreg.registry.transport.retry import RETRIES

_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,16})")
_WORTH_RESUMING = 1024 * 1024
"""Bytes; less is sent again sooner than it is asked what arrived."""
_KEPT = frozenset({HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.OK})
_TAKEN = frozenset({HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT, HTTPStatus.CREATED})
# Registries that take the bytes of a blob in a PATCH of their own only.
_NO_BODY = frozenset(
    {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.NOT_IMPLEMENTED}
)
# The upload is no longer known, as a registry has it that was restarted or that counts only what came in full.
_FORGOTTEN = frozenset(
    {HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
)


class Stopped(Exception):  # noqa: N818 - no error of its own: another one, or a person, ended the whole
    """The copy ends before its end; what was under way is cancelled."""


@dataclass(slots=True)
class _Session:
    """One upload under way."""

    location: str
    offset: int = 0
    """Bytes that the registry is known to have."""
    in_pieces: bool = False
    """Whether bytes go in a PATCH, and the PUT that ends the upload has none."""
    sent: int = 0
    """Bytes that were handed over, those with it that may not have arrived."""


class Uploader:
    """Sends blobs from one source to one repository; many threads may share it."""

    def __init__(
        self, source: Source, target: Remote, stop: threading.Event, sent: Callable[[int], None]
    ) -> None:
        """`sent` is called with the bytes of every piece sent, and with their negative if that was in vain."""
        self._source = source
        self._target = target
        self._stop = stop
        self._sent = sent
        self._in_pieces = False

    def send(self, blob: Descriptor, location: str) -> None:
        """Send the blob to an upload that was opened at `location`.

        Raises:
            TransferError: it did not arrive; the upload is cancelled.
            Stopped: told so.
        """
        session: _Session | None = _Session(location, in_pieces=self._in_pieces)
        verified = VerifiedBlob(self._source, blob, self._wait)
        attempt = 0
        try:
            while True:
                if session is None:
                    session = _Session(self._open(), in_pieces=self._in_pieces)
                try:
                    self._send_once(session, blob, verified)
                except PassingError as error:
                    # The source was tried as often as it may be already.
                    if error.at_source or attempt >= RETRIES or not self._wait(attempt, error.retry_after):
                        raise
                    attempt += 1
                    session = self._resumed(session)
                else:
                    return
        except BaseException:
            if session is not None:
                self._target.cancel_upload(session.location)
            raise

    def _open(self) -> str:
        location = self._target.open_upload()
        # Only a mount ends without one.
        assert location is not None  # noqa: S101 - for the type checker
        return location

    def _wait(self, attempt: int, retry_after: str | None) -> bool:
        if self._stop.is_set():
            raise Stopped
        return self._target.transport.wait(attempt, retry_after)

    def _send_once(self, session: _Session, blob: Descriptor, verified: VerifiedBlob) -> None:
        """Send what is missing, and end the upload."""
        if session.in_pieces or session.offset:
            if session.offset < blob.size or not blob.size:
                self._patch(session, blob, verified)
            self._commit(session, blob)
            return
        url = _with_digest(session.location, blob.digest)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(blob.size)}
        response = self._stream("PUT", url, headers, verified, session)
        if response.status in _NO_BODY:
            self._in_pieces = True
            raise PassingError(TransferCause.UNSUPPORTED, self._refused(blob, response).detail)
        self._judge(response, blob, _KEPT)

    def _patch(self, session: _Session, blob: Descriptor, verified: VerifiedBlob) -> None:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(blob.size - session.offset),
            "Content-Range": f"{session.offset}-{max(session.offset, blob.size - 1)}",
        }
        response = self._stream("PATCH", session.location, headers, verified, session)
        self._judge(response, blob, _TAKEN)
        session.location = self._target.location(session.location, response.headers)
        session.offset = blob.size

    def _commit(self, session: _Session, blob: Descriptor) -> None:
        url = _with_digest(session.location, blob.digest)
        with self._target.stream("PUT", url, {"Content-Length": "0"}, ()) as answer:
            response = answer.response()
        self._judge(response, blob, _KEPT)

    def _stream(
        self, method: str, url: str, headers: dict[str, str], verified: VerifiedBlob, session: _Session
    ) -> Response:
        """Send the blob from the session's offset on."""
        pieces = self._counted(verified.chunks(session.offset), session)
        try:
            with self._target.stream(method, url, headers, pieces) as answer:
                return answer.response()
        finally:
            pieces.close()

    def _counted(
        self, pieces: Generator[bytes, None, None], session: _Session
    ) -> Generator[bytes, None, None]:
        """The same pieces, unless all is to stop; a stop breaks the request off, so that nothing half is kept."""
        # Closed here, since the traceback of what ends this would keep the source's connection open.
        with contextlib.closing(pieces):
            for piece in pieces:
                if self._stop.is_set():
                    raise Stopped
                # Counted first: of a piece on which the connection breaks, a part may have arrived.
                session.sent += len(piece)
                self._sent(len(piece))
                yield piece

    def _resumed(self, session: _Session) -> _Session | None:
        """Where the upload goes on after it broke off; None if it must begin again."""
        resumed = None
        if session.sent >= _WORTH_RESUMING and session.in_pieces >= self._in_pieces:
            resumed = self._ask_how_far(session)
        if resumed is None:
            self._target.cancel_upload(session.location)
        self._sent((resumed.offset if resumed else 0) - session.sent)
        return resumed

    def _ask_how_far(self, session: _Session) -> _Session | None:
        response = self._target.ask("GET", session.location)
        told = _RANGE.fullmatch(response.headers.get("Range", ""))
        if response.status not in _TAKEN | _KEPT or told is None:
            return None
        offset = int(told[1]) + 1
        # Some say `0-0` of nothing, others of one byte; and no registry has more than it was sent.
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
        if response.status in _FORGOTTEN and error.cause is not TransferCause.QUOTA:
            raise PassingError(error.cause, error.detail, error.says, codes=error.codes)
        raise error

    def _refused(self, blob: Descriptor, response: Response) -> TransferError:
        return self._target.refused(f"to take blob {blob.digest}", response)


def _with_digest(location: str, digest: str) -> str:
    return f"{location}{'&' if '?' in location else '?'}digest={quote(digest, safe='')}"


class Placement(enum.Enum):
    """How a blob gets to where it is wanted."""

    THERE = enum.auto()
    """It is there already."""
    MOUNTED = enum.auto()
    """The registry took it from another repository of its own."""
    SENT = enum.auto()


class BlobPlacer:
    """Asks one repository for blobs; many threads may share it.

    A blob of the same registry is mounted. For others a HEAD tells, until it is known that the registry mounts a
    blob from the very repository that it is wanted in: then the POST that opens the upload tells, too, by opening
    none. Whether it does is tried once, on a blob that was just sent.
    """

    def __init__(self, target: Remote, origin: str, *, learn: bool) -> None:
        """`origin` is the repository of the same registry that has all blobs, if one has; `learn` whether to try."""
        self._target = target
        self._origin = origin
        self._learn = learn
        self._tells = False
        self._lock = threading.Lock()

    def place(self, blob: Descriptor) -> tuple[Placement, str]:
        """How the blob arrives; with SENT, where to send it to.

        Raises:
            TransferError: the registry does not tell, or takes no upload.
        """
        location = ""
        if self._origin:
            mounted, location = self._mount(blob)
            if mounted:
                return Placement.MOUNTED, ""
        elif self._tells:
            # Where the registry can't read what it has, it fails, and the blob is sent once more.
            with contextlib.suppress(TransferError):
                opened = self._target.open_upload(blob.digest, self._target.repository)
                return (Placement.THERE, "") if opened is None else (Placement.SENT, opened)
        if self._target.has_blob(blob.digest):
            if location:
                self._target.cancel_upload(location)
            return Placement.THERE, ""
        return Placement.SENT, location or self._target.open_upload() or ""

    def _mount(self, blob: Descriptor) -> tuple[bool, str]:
        """Whether it was mounted; if not, the upload that was opened instead."""
        try:
            location = self._target.open_upload(blob.digest, self._origin)
        except TransferError:
            # Some registries refuse a mount that they cannot make, where they should open an upload.
            location = ""
        if location is None:
            return True, ""
        self._origin = ""
        return False, location

    def learn_from(self, blob: Descriptor) -> None:
        """Learn from a blob that is there now."""
        with self._lock:
            learn, self._learn = self._learn, False
        if not learn or self._origin:
            return
        try:
            location = self._target.open_upload(blob.digest, self._target.repository)
        except TransferError:
            return
        if location is None:
            self._tells = True
        else:
            self._target.cancel_upload(location)
