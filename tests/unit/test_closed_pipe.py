"""A command whose output nobody reads, or that can't be written."""

import os
import subprocess
from pathlib import Path

import pytest
from sandbox.command import CRREG, surroundings


def test_a_reader_that_has_seen_enough_gets_no_complaint_and_no_healthy_exit_code() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [CRREG, "rules"],
            env=surroundings(),
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
            timeout=60,
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk_is_an_error_in_one_line_and_no_healthy_exit_code() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [CRREG, "rules"], env=surroundings(), stdout=full, stderr=subprocess.PIPE, check=False, timeout=60
        )
    assert (ended.returncode, ended.stderr.count(b"\n")) == (3, 1)
    assert b"OSError" in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_where_nothing_can_be_written_the_exit_code_still_says_so() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [CRREG, "rules"], env=surroundings(), stdout=full, stderr=full, check=False, timeout=60
        )
    assert ended.returncode == 3
