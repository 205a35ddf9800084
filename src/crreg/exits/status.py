"""The status of a repository or of a change, for people."""

import enum
from collections.abc import Iterable


class Status(enum.StrEnum):
    """The health of a repository's codespaces in a report."""

    HEALTHY = "healthy"
    """Every image is available with the login that a codespace would use, and every secret it needs was found."""
    UNHEALTHY = "unhealthy"
    """Something prevents a codespace from starting."""
    UNKNOWN = "unknown"
    """Neither could be proven; the report says what is missing and why."""


def worst_status(statuses: Iterable[Status]) -> Status:
    """Return the worst status: a failure that is proven is worse than one that may be."""
    return min(statuses, key=(Status.UNHEALTHY, Status.UNKNOWN, Status.HEALTHY).index, default=Status.UNKNOWN)
