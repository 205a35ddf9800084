"""The policy for retries and the only reader of Retry-After, for registries, AWS, GitHub and the engine.

It says what is tried again, how often, and how long to wait before it.
"""

import random
from collections.abc import Iterator

RETRIES = 3
"""Maximum number of retries for a request."""
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
"""Temporary failures. Never 401 or 403: repeating a refused password locks accounts."""

_FIRST_SECONDS = 0.4
LONGEST_SECONDS = 60.0
"""The longest wait that a server may ask for."""
_LONGEST_NAMED = 1e9
"""The longest wait that is repeated to the user: 31 years. Ten digits are few enough to convert safely."""
QUERY_ATTEMPTS = 3
"""How often to repeat a query that GitHub's GraphQL API gives up on and that can't be made smaller."""
_FIRST_QUERY_SECONDS, _LONGEST_QUERY_SECONDS = 0.5, 8.0


def pause(attempt: int, retry_after: str | None, chance: float, now: float) -> float | None:
    """Return the seconds to wait after the failed `attempt` (from 0); None if the server asks for over a minute.

    `chance`, from 0 to 1, spreads out clients that failed at the same time; `retry_after` is the header's value, in
    seconds or as a date; `now` is in seconds since 1970.
    """
    backoff: float = _FIRST_SECONDS * 2**attempt * (0.5 + chance)
    asked = asked_seconds(retry_after, now)
    if asked is None:
        return backoff
    return asked + backoff / 4 if asked <= LONGEST_SECONDS else None


def pauses(first: float = _FIRST_SECONDS) -> Iterator[float]:
    """Yield the seconds to wait before each retry of something that no server asked to wait for.

    `first` is the average of the first wait.
    """
    for attempt in range(RETRIES):
        yield first * 2**attempt * (0.5 + random.random())  # noqa: S311 - spreads load, guards nothing


def pause_of_query(waits: int) -> float:
    """Return the seconds to wait before the query that is the `waits`th in a row to wait (0 if it need not)."""
    return min(_FIRST_QUERY_SECONDS * 2 ** (waits - 1), _LONGEST_QUERY_SECONDS) if waits > 0 else 0.0


def asked_seconds(retry_after: str | None, now: float) -> float | None:
    """Parse a Retry-After header (RFC 9110, section 10.2.3); None if there is none, or if it is malformed.

    `now` is in seconds since 1970, for a header with a date.
    """
    text = (retry_after or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), _LONGEST_NAMED)
    # Imported here because few servers send a date.
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date without a time zone is in UTC, like all dates in HTTP.
    seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    return min(max(0.0, seconds), _LONGEST_NAMED)
