"""Runs a command and measures only that process: exit code, seconds, and peak memory.

Linux counts the memory of the process that a child was forked from as the child's own peak (`setmax_mm_hiwater_rss` in
fs/exec.c), so a command that a large test process starts would seem as large as the tests. A small launcher in between
forks the command from next to nothing.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCHER = """
import json, os, sys
report, *command = sys.argv[1:]
process = os.spawnvpe(os.P_NOWAIT, command[0], command, os.environ)
_, status, usage = os.wait4(process, 0)
with open(report, "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime + usage.ru_stime], file)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """A command that has ended."""

    code: int
    """Exit code, or minus the signal that ended it."""
    output: bytes
    errors: bytes
    seconds: float
    mebibytes: float
    """The peak resident size of the process."""
    processor_seconds: float
    """The processor time of the process and of those that it waited for."""


def measured(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: Path | None = None,
    patience: float = 300.0,
) -> Measured:
    """Run `command` with exactly that environment; it is killed after `patience` seconds, with code -9."""
    with (
        tempfile.TemporaryDirectory() as kept,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        report = Path(kept, "report")
        before = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(report), *command],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        ) as process:
            killer = threading.Timer(patience, os.killpg, (process.pid, signal.SIGKILL))
            killer.start()
            process.wait()
            killer.cancel()
        seconds = time.monotonic() - before
        ended = json.loads(report.read_text()) if report.exists() else (-signal.SIGKILL, 0, 0.0)
        code, kibibytes, used = ended
        output.seek(0)
        errors.seek(0)
        return Measured(code, output.read(), errors.read(), seconds, kibibytes / 1024, used)
