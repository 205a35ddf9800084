"""The measurements are the command's own, whatever the size of the process that starts it."""

import os
import sys

import pytest
from sandbox.measuring import measured


def test_the_memory_is_that_of_the_command_and_not_of_its_parent() -> None:
    ballast = bytearray(os.urandom(1)) * (200 << 20)
    small = measured([sys.executable, "-I", "-S", "-c", "pass"], os.environ)
    large = measured([sys.executable, "-I", "-S", "-c", "x = bytearray(b'1') * (100 << 20)"], os.environ)
    del ballast
    assert small.code == large.code == 0
    assert small.mebibytes < 50
    assert large.mebibytes > 100


@pytest.mark.parametrize("code", [0, 3])
def test_exit_code_and_output_are_those_of_the_command(code: int) -> None:
    ended = measured(["/bin/sh", "-c", f"echo out; echo err >&2; exit {code}"], os.environ)
    assert (ended.code, ended.output, ended.errors) == (code, b"out\n", b"err\n")


def test_a_command_that_hangs_is_killed() -> None:
    assert measured(["/bin/sleep", "60"], os.environ, patience=0.5).code == -9
