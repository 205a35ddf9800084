"""How the benchmarks compare crreg with its peers; what they measure is in the benchmarks themselves."""

import pytest
from benchmarks.measure import Row, pairs_of, table


def test_the_ratio_is_the_median_of_pairs_after_a_warm_up() -> None:
    taken = {"ours": iter([99.0, 1.0, 8.0, 3.0]), "theirs": iter([1.0, 2.0, 4.0, 3.0])}

    pairs = pairs_of(3, lambda name: next(taken[name]), "ours", "theirs")

    assert (pairs.ours, pairs.theirs, pairs.ratios) == (3.0, (3.0,), (1.0,))


@pytest.mark.parametrize(
    ("before", "shown"), [(None, ""), (0.9, "0.90 WORSE"), (0.91, "0.91"), (2.0, "2.00")]
)
def test_a_ratio_that_grew_by_more_than_a_tenth_since_the_last_release_is_worse(
    before: float | None, shown: str
) -> None:
    row = Row("login", "2 s", "docker login 2 s", 1.0)

    lines = table([row], {row.key: before} if before is not None else {}).splitlines()

    start = lines[0].index("last release")
    assert row.key == "login / docker login"
    assert lines[1][start : lines[0].index("target")].strip() == shown
