"""How often and how long to wait before something is tried again: for registries, AWS, GitHub and the engine."""

import random
from collections.abc import Iterator

RETRIES = 3
"""Maximum number of retries for a request."""
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
"""Temporary failures. Never 401 or 403: repeating a refused password locks accounts."""

_FIRST_SECONDS = 0.4
LONGEST_SECONDS = 60.0
"""The longest wait that a server may ask for."""


def pause(attempt: int, retry_after: str | None, chance: float, now: float) -> float | None:
    """Return the seconds to wait after the failed `attempt` (from 0); None if the server asks for over a minute.

    `chance`, from 0 to 1, spreads out clients that failed at the same time; `retry_after` is the header's value, in
    seconds or as a date; `now` is in seconds since 1970.
    """
    backoff: float = _FIRST_SECONDS * 2**attempt * (0.5 + chance)
    asked = _seconds(retry_after, now) if retry_after else None
    if asked is None:
        return backoff
    return asked + backoff / 4 if asked <= LONGEST_SECONDS else None


def pauses(first: float = _FIRST_SECONDS) -> Iterator[float]:
    """Yield the seconds to wait before each retry of something that no server asked to wait for.

    `first` is the average of the first wait.
    """
    for attempt in range(RETRIES):
        yield first * 2**attempt * (0.5 + random.random())  # noqa: S311 - spreads load, guards nothing


def _seconds(retry_after: str, now: float) -> float | None:
    """Parse a Retry-After header (RFC 9110, section 10.2.3); None if it is malformed."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        # Ten digits are already centuries, and few enough to convert safely.
        return float(text[:10])
    # Imported here because few servers send a date.
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date without a time zone is in UTC, like all dates in HTTP.
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
