"""The process ends as it should while other threads still run."""

import os
import subprocess
import sys

import pytest

LEAVING = """
import atexit, sys, threading
from crreg.exits.leaving import leave

atexit.register(print, "torn down")
if sys.argv[1:] == ["busy"]:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
print("the report", end="")
leave(3)
"""


@pytest.mark.parametrize(("arguments", "output"), [((), "the reporttorn down\n"), (("busy",), "the report")])
def test_nothing_is_torn_down_under_a_thread_that_still_runs(arguments: tuple[str, ...], output: str) -> None:
    done = subprocess.run(
        [sys.executable, "-E", "-c", LEAVING, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (done.returncode, done.stdout, done.stderr) == (3, output, "")


def test_an_output_that_nobody_reads_changes_no_exit_code() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-E", "-c", LEAVING, "busy"],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
        timeout=30,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (3, b"")
