"""Servers that have stopped answering: nothing waits for them any more, but one request at a time still tries.

A registry that hangs would otherwise hold every thread of a run for as long as a request may take, and leave no time
for the images of other registries.
"""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport.failure import UnansweredError

MOST = 8
"""The requests in a row that a server may leave without an answer."""
_KINDS = ("/manifests/", "/blobs/")
"""What a path has if it is about an image. A registry that hangs on images may still answer `/v2/` and issue tokens."""


@dataclass(slots=True)
class _Heard:
    """What was heard of one server, for one kind of request."""

    answers: int = 0
    unanswered: int = 0
    """Requests without an answer since the last answer."""
    is_tried: bool = False
    """Whether a request tries whether it answers again."""


class Silence:
    """Counts the requests in a row that got no answer, by server and kind of request. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: dict[tuple[str, int, str], _Heard] = {}

    @contextlib.contextmanager
    def expecting(self, address: Address) -> Iterator[None]:
        """Send a request in the block, and read its response.

        Any answer makes up for all requests that were sent before it, so a server that is slow under load counts as
        silent only if it answers none of them.

        Raises:
            RegistryError: the server did not answer the last `MOST` requests, and another request is trying it again.
        """
        kind = next((kind for kind in _KINDS if kind in address.path), "")
        with self._lock:
            heard = self._heard.setdefault((address.host, address.port, kind), _Heard())
            tries = heard.unanswered >= MOST
            if tries and heard.is_tried:
                raise RegistryError(
                    LoginOutcome.UNREACHABLE,
                    f"No request was sent to {address.authority}, because it did not answer the last {MOST} in time.",
                )
            heard.is_tried |= tries
            before = heard.answers
        is_answered = is_silent = False
        try:
            yield
            is_answered = True
        except UnansweredError:
            is_silent = True
            raise
        finally:
            with self._lock:
                heard.answers += is_answered
                heard.unanswered = (
                    0 if is_answered else heard.unanswered + (is_silent and heard.answers == before)
                )
                heard.is_tried &= not tries
