"""When a password is due: the moments at which a warning starts, and at which `ensure` writes it again."""

from datetime import UTC, datetime, timedelta

import pytest

from crreg.facts.rotation_due import (
    is_rotation_due,
    is_rotation_overdue,
    is_source_newer,
    is_too_old,
    nearly_too_old,
    token_left,
    was_left_behind,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAYS = timedelta(days=1)
HOURS = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("age", "too_old", "warned"),
    [
        (75 * DAYS, False, False),
        (76 * DAYS, False, True),
        (90 * DAYS, False, True),
        (90 * DAYS + SECOND, True, False),
    ],
)
def test_a_warning_starts_fourteen_days_before_ensure_writes(
    age: timedelta, *, too_old: bool, warned: bool
) -> None:
    assert is_too_old(NOW - age, 90 * DAYS, NOW) is too_old
    assert (nearly_too_old(NOW - age, 90 * DAYS, NOW) is not None) is warned


@pytest.mark.parametrize(
    ("age", "max_age", "left"),
    [
        (DAYS, 4 * DAYS, None),
        (2 * DAYS, 4 * DAYS, 2 * DAYS),
        (30 * HOURS, 36 * HOURS, None),
        (30 * HOURS, None, None),
    ],
)
def test_a_short_age_is_warned_of_after_its_half_and_one_of_hours_never(
    age: timedelta, max_age: timedelta | None, left: timedelta | None
) -> None:
    assert nearly_too_old(NOW - age, max_age, NOW) == left


@pytest.mark.parametrize(
    ("age", "due", "overdue"),
    [
        (8 * HOURS, False, False),
        (8 * HOURS + SECOND, True, False),
        (11 * HOURS - SECOND, True, False),
        (11 * HOURS, True, True),
        (13 * HOURS, True, True),
    ],
)
def test_a_token_is_renewed_hours_before_anyone_is_warned(
    age: timedelta, *, due: bool, overdue: bool
) -> None:
    left = token_left(NOW - age, NOW)

    assert (is_rotation_due(left), is_rotation_overdue(left)) == (due, overdue)


@pytest.mark.parametrize(
    ("later", "copied", "warned"),
    [
        (timedelta(), False, False),
        (SECOND, True, False),
        (5 * timedelta(minutes=1), True, False),
        (5 * timedelta(minutes=1) + SECOND, True, True),
    ],
)
def test_a_newer_source_is_copied_at_once_and_warned_of_after_minutes(
    later: timedelta, *, copied: bool, warned: bool
) -> None:
    assert is_source_newer(NOW, NOW + later) is copied
    assert was_left_behind(NOW, NOW + later) is warned
    assert not was_left_behind(NOW, None)
