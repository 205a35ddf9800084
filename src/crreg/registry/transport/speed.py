"""The least speed of a transfer, so that a server that drips bytes does not hold up a run."""

import contextlib
from collections.abc import Callable, Iterator

from urllib3.exceptions import TimeoutError  # noqa: A004 - urllib3 hands on its own kinds of error as they are

from crreg.registry.transport.watchdog import WATCHDOG

LEAST_BYTES = 64 * 1024
"""Bytes that must move in `LEAST_SECONDS`."""
LEAST_SECONDS = 30.0


class Stalled(TimeoutError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A transfer moved fewer bytes than it must."""


@contextlib.contextmanager
def moving(cut: Callable[[], object]) -> Iterator[None]:
    """Bound a block that moves at most `LEAST_BYTES`; `cut` ends its connection.

    Raises:
        Stalled: it took longer than `LEAST_SECONDS`.
    """
    with WATCHDOG.within(LEAST_SECONDS, cut) as alarm:
        try:
            yield
        except Exception:
            if not alarm.late:
                raise
    # What was cut off can end like a transfer that is complete.
    if alarm.late:
        raise Stalled


def least_speed() -> str:
    """The least speed in words."""
    return f"{LEAST_BYTES // 1024} KiB in {LEAST_SECONDS:.0f} s"
