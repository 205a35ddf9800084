"""Times the page about a large organization in Chromium, for the test and for the benchmark."""

import statistics
from dataclasses import dataclass
from pathlib import Path

from tests.integration.dashboard.conftest import browse, write
from tests.integration.dashboard.remembered import remember

REPOSITORIES = 10_000
_RUNS = 10


@dataclass(frozen=True, slots=True)
class Timed:
    """Medians in seconds, and the size of the data."""

    opening: float
    """From the request for the page until it is painted."""
    filtering: float
    """From a change of a filter until the list, or the map, is painted."""
    megabytes: float


def timed(folder: Path, times: int) -> Timed:
    """Write the page and time it; the first filter of each view warms the code up."""
    state, site = folder / "crreg.state", folder / "site"
    remember(state, REPOSITORIES, _RUNS)
    ended = write(state, site)
    assert ended.returncode == 0, ended.stderr
    taken = browse("speed.mjs", (site / "index.html").as_uri(), str(times))
    assert taken["complaints"] == []
    filters = [each for name in ("lists", "statuses", "maps") for each in taken[name][1:]]
    size = (site / "data" / "1.js").stat().st_size
    return Timed(statistics.median(taken["openings"]) / 1000, statistics.median(filters) / 1000, size / 1e6)
