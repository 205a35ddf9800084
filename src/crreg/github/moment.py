"""Moments as GitHub's API writes them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_FIRST_YEAR, _LAST_YEAR = 2000, 2999
"""Between which GitHub's dates are."""


def moment_of(text: str) -> datetime:
    """A moment with its time zone, as only such ones can be compared; GitHub's are in UTC.

    Raises:
        ValueError: it is none, or one so far away that reckoning with it would leave the calendar.
    """
    moment = datetime.fromisoformat(text)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError("it is no moment at which a secret was written")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def date_of(text: object) -> datetime | None:
    """The moment that the header `Date` of an answer names; None if it names none.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
    """
    try:
        moment = parsedate_to_datetime(text) if isinstance(text, str) else None
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
