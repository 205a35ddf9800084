"""Errors that nothing expected: described without their text, and kept to the party that caused them."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_MOST_PLACES = 8
T = TypeVar("T")


def describe(error: BaseException) -> str:
    """Describe an unexpected error by its type and code lines, without its message, which may contain a secret."""
    frames = list(traceback.walk_tb(error.__traceback__))[-_MOST_PLACES:]
    places = ", ".join(f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in frames)
    return (
        f"crreg stopped because of an unexpected {type(error).__name__}. "
        f"Please report it with these code locations: {places or 'none'}."
    )


def isolated(call: Callable[[], T], failed: Callable[[str], T]) -> T:
    """Return the result of `call`; if it raises, return `failed(description)`.

    Use it around requests to one party (a registry, a level of secrets), so that an unexpected response does not end
    the run for all others.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - catching everything is its purpose
        return failed(describe(error))
