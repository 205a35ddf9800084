"""The ratios of the last release, in a file beside this one: times depend on the machine, ratios hardly do."""

import json
from collections.abc import Iterable
from pathlib import Path

from benchmarks.measure import Row

_FILE = Path(__file__).with_suffix(".json")


def read() -> dict[str, float]:
    """The ratios by key, as `Row.key` makes them."""
    ratios: dict[str, float] = json.loads(_FILE.read_text(encoding="utf-8"))
    return ratios


def keep(rows: Iterable[Row]) -> None:
    """Replace them; a row that was skipped keeps its old ratio."""
    found = {row.key: round(row.ratio, 3) for row in rows if row.ratio is not None}
    _FILE.write_text(json.dumps(read() | found, indent=2, sort_keys=True) + "\n", encoding="utf-8")
