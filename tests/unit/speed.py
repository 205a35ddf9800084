"""A bound on the time that something takes, for tests with the marker `speed`."""

import contextlib
import sys
import time
from collections.abc import Iterator

_SLOWER = 20
"""Times as long that the code may take while coverage or a debugger follows every line."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the block takes more of the processor's time, to which other programs add nothing."""
    start = time.process_time()
    yield
    taken = time.process_time() - start
    most = seconds * (_SLOWER if _followed() else 1)
    assert taken < most, f"{taken:.2f} seconds, which must be less than {most:.2f}"


def _followed() -> bool:
    # Coverage uses sys.monitoring where Python has it, from 3.12 on, and a trace function elsewhere.
    monitoring = getattr(sys, "monitoring", None)
    return sys.gettrace() is not None or (
        monitoring is not None and any(monitoring.get_tool(tool) for tool in range(6))
    )
