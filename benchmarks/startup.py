"""Measures how long the command takes to print its version."""

import sys
from pathlib import Path

from benchmarks.measure import Row, in_pairs, run

RUNS = 15
TARGET = 0.15


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    del folder
    crreg = str(Path(sys.executable).parent / "crreg")
    pairs = in_pairs(
        RUNS, lambda: run([crreg, "--version"], {}), lambda: run([sys.executable, "-c", "pass"], {})
    )
    return [
        Row(
            "crreg --version",
            f"{pairs.ours:.3f} s",
            f"python -c pass {pairs.theirs[0]:.3f} s",
            pairs.ratios[0],
            f"< {TARGET} s",
            pairs.ours < TARGET,
        )
    ]
