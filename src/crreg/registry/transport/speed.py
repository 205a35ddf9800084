"""The minimum speed of a transfer, so that a very slow server does not hold up a run."""

from collections.abc import Callable
from types import TracebackType

from urllib3.exceptions import TimeoutError  # noqa: A004 - urllib3 passes its own errors on unchanged

from crreg.registry.transport.watchdog import WATCHDOG

LEAST_BYTES = 64 * 1024
"""Bytes that must be transferred in `LEAST_SECONDS`."""
LEAST_SECONDS = 30.0


class Stalled(TimeoutError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A transfer was slower than the minimum speed."""


class Moving:
    """Limits the time of a block that transfers at most `LEAST_BYTES`."""

    def __init__(self, cut: Callable[[], object]) -> None:
        """`cut` ends the block's connection, so that the block ends too."""
        self._alarm = WATCHDOG.within(LEAST_SECONDS, cut)

    def __enter__(self) -> None:
        """Begin the block."""

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End the block.

        Raises:
            Stalled: it took longer than `LEAST_SECONDS`.
        """
        with self._alarm as alarm:
            # A transfer that was cut off can look complete.
            if alarm.late and (error is None or isinstance(error, Exception)):
                raise Stalled from None


def least_speed() -> str:
    """Return the minimum speed in words."""
    return f"{LEAST_BYTES // 1024} KiB in {LEAST_SECONDS:.0f} s"
