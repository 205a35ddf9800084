"""Times commands side by side, and prints the results as a table."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sandbox.measuring import Measured, measured

T = TypeVar("T")
WORSE = 1.1
"""A ratio that grew by more than this factor since the last release is shown as worse."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    figure: str
    against: str = ""
    """The peer, and its figure."""
    ratio: float | None = None
    """The figure divided by the peer's, so less is better; None if there is no peer."""
    target: str = ""
    met: bool | None = None

    @property
    def key(self) -> str:
        """What the ratio is kept under: the row and the peer, without the peer's figure."""
        return f"{self.what} / {self.against.rpartition(' ')[0].rpartition(' ')[0]}"


@dataclass(frozen=True, slots=True)
class Pairs:
    """What crreg and its peers took, in turns."""

    ours: float
    """The median of crreg's seconds."""
    theirs: tuple[float, ...]
    """The median of each peer's."""
    ratios: tuple[float, ...]
    """For each peer, the median of the ratios of a pair: crreg's seconds divided by the peer's just after it."""


def seconds(call: Callable[[], object]) -> float:
    """The wall time of a call in seconds."""
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def processor_seconds(call: Callable[[], object]) -> float:
    """The processor time of a call in this process, to which other programs add nothing."""
    before = time.process_time()
    call()
    return time.process_time() - before


def in_pairs(runs: int, ours: Callable[[], object], *peers: Callable[[], object]) -> Pairs:
    """Time calls in turn, A B C A B C …, so that a machine that slows down slows all; one warm-up."""
    return pairs_of(runs, seconds, ours, *peers)


def pairs_of(runs: int, timed: Callable[[T], float], ours: T, *peers: T) -> Pairs:
    """Compare as `in_pairs` does; `timed` runs one of them, and returns the seconds that it took."""
    calls = (ours, *peers)
    for call in calls:
        timed(call)
    rounds = [[timed(call) for call in calls] for _ in range(runs)]
    median, *others = [statistics.median(column) for column in zip(*rounds, strict=True)]
    ratios = (
        statistics.median(times[0] / times[number] for times in rounds) for number in range(1, len(calls))
    )
    return Pairs(median, tuple(others), tuple(ratios))


def in_turn(runs: int, *calls: Callable[[], object]) -> list[float]:
    """The median seconds of each call, timed as in `in_pairs`."""
    pairs = in_pairs(runs, *calls)
    return [pairs.ours, *pairs.theirs]


def run(
    command: Sequence[str], environment: Mapping[str, str], *, text: str = "", codes: Sequence[int] = (0,)
) -> str:
    """Run a command that must exit with one of `codes`; returns its output."""
    ended = subprocess.run(
        command,
        env={**os.environ, **environment},
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if ended.returncode not in codes:
        raise RuntimeError(f"{command[0]} ended with {ended.returncode}: {ended.stderr[-2000:]}")
    return ended.stdout


def load(*modules: str) -> None:
    """Start Python and load modules: what no program that uses them can avoid."""
    run([sys.executable, "-c", f"import {', '.join(modules)}"], {})


def used(command: Sequence[str], environment: Mapping[str, str], codes: Sequence[int] = (0,)) -> Measured:
    """Run a command, and return the peak memory and the processor time of its own process."""
    ended = measured(command, {**os.environ, **environment})
    if ended.code not in codes:
        raise RuntimeError(f"{command[0]} ended with {ended.code}: {ended.errors.decode()[-2000:]}")
    return ended


def table(rows: Sequence[Row], kept: Mapping[str, float] | None = None) -> str:
    """The rows as columns of text; `kept` are the ratios of the last release, by key."""
    head = ("what", "crreg", "against", "ratio", "last release", "target", "met")
    cells = [
        head,
        *(
            (
                row.what,
                row.figure,
                row.against,
                "" if row.ratio is None else f"{row.ratio:.2f}",
                _since(row, kept or {}),
                row.target,
                {True: "yes", False: "NO", None: ""}[row.met],
            )
            for row in rows
        ),
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _since(row: Row, kept: Mapping[str, float]) -> str:
    before = kept.get(row.key)
    if before is None or row.ratio is None:
        return ""
    return f"{before:.2f} WORSE" if row.ratio > before * WORSE else f"{before:.2f}"
