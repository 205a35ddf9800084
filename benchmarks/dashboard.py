"""Measures in Chromium how long the page about 10,000 repositories takes to open, and to filter."""

from pathlib import Path

from benchmarks.measure import Row
from tests.integration.dashboard.timed import REPOSITORIES, timed

_OPENS = 1.0
_FILTERS = 0.1


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    taken = timed(folder, times=5)
    what = f"page of {REPOSITORIES:,} repositories"
    opens = Row(f"{what}: open", f"{taken.opening:.3f} s", target=f"< {_OPENS} s", met=taken.opening < _OPENS)
    filters = Row(
        f"{what}: filter",
        f"{taken.filtering:.3f} s",
        target=f"< {_FILTERS} s",
        met=taken.filtering < _FILTERS,
    )
    return [opens, filters, Row(f"{what}: data", f"{taken.megabytes:.2f} MB")]
