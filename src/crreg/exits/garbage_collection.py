"""Python's search for cycles of garbage, which a short run does not need."""

import atexit
import gc

_THRESHOLD = 200_000
"""Objects that are created and not freed before a search. A short check creates 85,000, most of them by imports, and
other versions of Python and of libraries create more.
"""


def collect_rarely() -> None:
    """Search rarely, and not at the end of the process, when the system frees its memory anyway.

    `crreg images` in a small repository took 160 ms, and takes 135 ms. A search in the middle of a check takes 10 ms.
    Source: https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.set_threshold(_THRESHOLD)
    atexit.register(gc.freeze)
