"""How long to wait before a request is sent again."""

RETRIES = 3
"""How often at most a request is sent again."""
RETRIED_STATUSES = frozenset({429, 502, 503, 504})
"""Faults that pass. Never 401 or 403: repeating a refused password locks accounts."""

_FIRST_SECONDS = 0.4
_LONGEST_SECONDS = 60.0


def pause(attempt: int, retry_after: str | None, chance: float, now: float) -> float | None:
    """Seconds to wait after the failed `attempt` (from 0), or None where the server asks for longer than a minute.

    `chance`, from 0 to 1, spreads out clients that failed together; `retry_after` is the header's value, seconds
    or a date; `now` is in seconds since 1970.
    """
    backoff: float = _FIRST_SECONDS * 2**attempt * (0.5 + chance)
    asked = _seconds(retry_after, now) if retry_after else None
    if asked is None:
        return backoff
    return asked + backoff / 4 if asked <= _LONGEST_SECONDS else None


def _seconds(retry_after: str, now: float) -> float | None:
    """What a Retry-After header asks for (RFC 9110, section 10.2.3); None if it cannot be read."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        # Ten digits are centuries already, and few enough to convert whatever their number.
        return float(text[:10])
    # Imported here, since few servers send a date.
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date without a zone is in UTC, as all dates of HTTP are.
    return max(0.0, (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now)
