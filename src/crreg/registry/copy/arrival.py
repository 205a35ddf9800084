"""Whether a blob must be sent, found out with as few requests as the registry allows."""

import contextlib
import enum
import threading

from crreg.registry.image.descriptor import Descriptor
from crreg.registry.image.remote import Remote
from crreg.registry.image.transfer_error import TransferError


class Arrival(enum.Enum):
    """How a blob gets to where it is wanted."""

    THERE = enum.auto()
    """It is there already."""
    MOUNTED = enum.auto()
    """The registry took it from another repository of its own."""
    SENT = enum.auto()


class Harbour:
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

    def enter(self, blob: Descriptor) -> tuple[Arrival, str]:
        """How the blob arrives; with SENT, where to send it to.

        Raises:
            TransferError: the registry does not tell, or takes no upload.
        """
        location = ""
        if self._origin:
            mounted, location = self._mount(blob)
            if mounted:
                return Arrival.MOUNTED, ""
        elif self._tells:
            # Where the registry can't read what it has, it fails, and the blob is sent once more.
            with contextlib.suppress(TransferError):
                opened = self._target.open_upload(blob.digest, self._target.repository)
                return (Arrival.THERE, "") if opened is None else (Arrival.SENT, opened)
        if self._target.has_blob(blob.digest):
            if location:
                self._target.cancel_upload(location)
            return Arrival.THERE, ""
        return Arrival.SENT, location or self._target.open_upload() or ""

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

    def sent(self, blob: Descriptor) -> None:
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
