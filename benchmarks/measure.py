"""Times commands side by side, and prints the results as a table."""

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.measuring import measured


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    what: str
    figure: str
    against: str = ""
    """The reference, and its figure."""
    ratio: str = ""
    target: str = ""
    met: bool | None = None


def seconds(call: Callable[[], object]) -> float:
    """The wall time of a call in seconds."""
    before = time.perf_counter()
    call()
    return time.perf_counter() - before


def in_turn(runs: int, *calls: Callable[[], object]) -> list[float]:
    """The median seconds of each call, run A B C A B C …, so that a machine that slows down slows all; one warm-up."""
    for call in calls:
        call()
    timed = [[seconds(call) for call in calls] for _ in range(runs)]
    return [statistics.median(column) for column in zip(*timed, strict=True)]


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


def peak_memory(command: Sequence[str], environment: Mapping[str, str], codes: Sequence[int]) -> float:
    """The peak resident size of a command's process in MiB, as the kernel counts it."""
    ended = measured(command, {**os.environ, **environment})
    if ended.code not in codes:
        raise RuntimeError(f"{command[0]} ended with {ended.code}")
    return ended.mebibytes


def table(rows: Sequence[Row]) -> str:
    """The rows as columns of text."""
    head = ("what", "crreg", "against", "ratio", "target", "met")
    cells = [
        head,
        *(
            (
                row.what,
                row.figure,
                row.against,
                row.ratio,
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
