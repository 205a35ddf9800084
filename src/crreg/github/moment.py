"""Timestamps in the forms that GitHub's API uses."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST_YEAR, _LAST_YEAR = 2000, 2999
"""The range in which a date from GitHub is plausible."""


def moment_of(text: str) -> datetime:
    """Parse an ISO 8601 timestamp; one without a time zone is in UTC.

    Raises:
        ValueError: it is not a timestamp, or so far away that arithmetic with it could overflow.
    """
    moment = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("no secret was written in that year")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def timestamp(moment: datetime) -> str:
    """Write a moment as GitHub does, to the second, in UTC: `2026-11-02T05:17:00Z`.

    Unlike `%Y`, it pads the year, which text from strangers can make a small one.
    Source: https://docs.python.org/3/library/datetime.html#format-codes (note 2 on `%Y`)
    """
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read_timestamp(text: str) -> datetime:
    """Parse what `timestamp` writes; raises ValueError for anything else."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    # `strptime` also accepts missing leading zeros.
    if timestamp(moment) != text:
        raise ValueError("it is not a timestamp that crreg wrote")
    return moment


def date_of(text: object) -> datetime | None:
    """Parse the value of a `Date` header; None if it is not a date with a time zone.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
    """
    try:
        moment = parsedate_to_datetime(text) if isinstance(text, str) else None
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
