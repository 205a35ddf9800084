import pytest

from crreg.net.deadline import DEFAULT_BUDGET, BudgetError, Deadline, read_budget


def test_what_is_left_shrinks_to_nothing_and_never_below() -> None:
    moments = iter([100.0, 104.0, 111.0])
    deadline = Deadline.after(10, clock=lambda: next(moments))
    assert [deadline.remaining, deadline.remaining] == [6.0, 0.0]


def test_a_wait_is_bounded_by_what_is_left() -> None:
    deadline = Deadline(10.0, clock=lambda: 7.0)
    assert (deadline.bound(20), deadline.bound(1)) == (3.0, 1)
    assert Deadline(10.0, clock=lambda: 10.0).bound(5) == 0.001


def test_the_budget_is_read_from_the_environment() -> None:
    assert read_budget({}) == DEFAULT_BUDGET
    assert read_budget({"CRREG_TIMEOUT": "7.5"}) == 7.5
    assert read_budget({"CRREG_TIMEOUT": "21000"}) == 21000


@pytest.mark.parametrize("text", ["0", "-1", "ten", "1e9", "9999999", "nan", "1;2"])
def test_a_budget_that_is_no_number_of_seconds_is_refused(text: str) -> None:
    with pytest.raises(BudgetError, match="CRREG_TIMEOUT must be a number of seconds"):
        read_budget({"CRREG_TIMEOUT": text})


def test_a_deadline_can_be_brought_forward() -> None:
    assert Deadline(10.0, clock=lambda: 7.0).earlier(2).remaining == 1.0
