"""Describes an unexpected error: enough to report it, and none of the values that it met."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_MOST_PLACES = 8
T = TypeVar("T")


def describe(error: BaseException) -> str:
    """Its kind and the lines that it came through; not its text, which may quote a secret."""
    frames = list(traceback.walk_tb(error.__traceback__))[-_MOST_PLACES:]
    places = ", ".join(f"{Path(frame.f_code.co_filename).name}:{line}" for frame, line in frames)
    return (
        f"crreg met an error that it does not know, {type(error).__name__}, and could not finish. "
        f"Please report it with these places in its code: {places or 'none'}."
    )


def isolated(call: Callable[[], T], failed: Callable[[str], T]) -> T:
    """What `call` returns; if it raises anything, what `failed` makes of the description.

    It stands around what one party answers, a registry or a level of secrets, so that no answer that nobody foresaw
    ends the run for all others.
    """
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - the very purpose
        return failed(describe(error))
