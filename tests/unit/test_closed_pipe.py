import os
import subprocess

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
