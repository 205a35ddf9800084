"""The minimum speed of a transfer, so that a very slow server does not hold up a run."""

import contextlib
from collections.abc import Callable, Iterator

from urllib3.exceptions import TimeoutError  # noqa: A004 - urllib3 passes its own errors on unchanged

from crreg.registry.transport.watchdog import WATCHDOG

LEAST_BYTES = 64 * 1024
"""Bytes that must be transferred in `LEAST_SECONDS`."""
LEAST_SECONDS = 30.0


class Stalled(TimeoutError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A transfer was slower than the minimum speed."""


@contextlib.contextmanager
def moving(cut: Callable[[], object]) -> Iterator[None]:
    """Limit the time of a block that transfers at most `LEAST_BYTES`; `cut` ends its connection.

    Raises:
        Stalled: it took longer than `LEAST_SECONDS`.
    """
    with WATCHDOG.within(LEAST_SECONDS, cut) as alarm:
        try:
            yield
        except Exception:
            if not alarm.late:
                raise
    # A transfer that was cut off can look complete.
    if alarm.late:
        raise Stalled


def least_speed() -> str:
    """Return the minimum speed in words."""
    return f"{LEAST_BYTES // 1024} KiB in {LEAST_SECONDS:.0f} s"
