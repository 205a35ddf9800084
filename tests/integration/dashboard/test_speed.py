"""The page about 10,000 repositories opens in less than a second, and filters in less than a tenth of one."""

from pathlib import Path

import pytest
from tests.integration.dashboard.timed import REPOSITORIES, timed

pytestmark = [pytest.mark.npm, pytest.mark.speed]


def test_the_page_of_ten_thousand_repositories_is_fast(tmp_path: Path) -> None:
    taken = timed(tmp_path, times=5)

    assert REPOSITORIES == 10_000
    assert taken.megabytes < 1
    assert taken.opening < 1.0
    assert taken.filtering < 0.1
