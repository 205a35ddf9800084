"""Measures how long the command takes to print its version."""

import sys
from pathlib import Path

from benchmarks.measure import Row, in_turn, run

RUNS = 15
TARGET = 0.15


def measure(folder: Path) -> list[Row]:
    """The rows of the table."""
    del folder
    crreg = str(Path(sys.executable).parent / "crreg")
    ours, bare = in_turn(
        RUNS, lambda: run([crreg, "--version"], {}), lambda: run([sys.executable, "-c", "pass"], {})
    )
    return [
        Row(
            "crreg --version",
            f"{ours:.3f} s",
            f"python -c pass {bare:.3f} s",
            f"{ours / bare:.1f} x",
            f"< {TARGET} s",
            ours < TARGET,
        )
    ]
