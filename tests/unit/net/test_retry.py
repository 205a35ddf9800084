"""How often and how long crreg waits before it tries again."""

import pytest

from crreg.net.retry import RETRIES, asked_seconds, pause, pause_of_query, pauses


def test_there_is_a_wait_before_each_retry_and_each_is_longer() -> None:
    waits = list(pauses(8))
    assert len(waits) == RETRIES
    assert [4 <= waits[0] < 12, 8 <= waits[1] < 24, 16 <= waits[2] < 48] == [True, True, True]


def test_two_clients_that_failed_together_do_not_return_together() -> None:
    assert list(pauses()) != list(pauses())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        (" 7 ", 7),
        ("007", 7),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("9" * 5000, 1e9),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0),
        ("Thu, 01 Jan 1970 00:01:40", 40),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1e9),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert asked_seconds(header, 60.0) == seconds


def test_a_server_is_waited_for_up_to_a_minute() -> None:
    assert pause(0, "60", 0.5, 0.0) == pytest.approx(60.1)
    assert pause(0, "61", 0.5, 0.0) is None
    assert pause(1, None, 0.5, 0.0) == pytest.approx(0.8)


def test_queries_wait_longer_and_longer_up_to_a_limit() -> None:
    assert [pause_of_query(waits) for waits in (-1, 0, 1, 2, 5, 50)] == [0, 0, 0.5, 1, 8, 8]
