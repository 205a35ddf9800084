"""How often and how long crreg waits before it tries again."""

from crreg.net.retry import RETRIES, pauses


def test_there_is_a_wait_before_each_retry_and_each_is_longer() -> None:
    waits = list(pauses(8))
    assert len(waits) == RETRIES
    assert [4 <= waits[0] < 12, 8 <= waits[1] < 24, 16 <= waits[2] < 48] == [True, True, True]


def test_two_clients_that_failed_together_do_not_return_together() -> None:
    assert list(pauses()) != list(pauses())
