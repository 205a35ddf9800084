"""Runs crreg in a child of a process that has imported it, since imports take two thirds of the time of most runs.

A run is a process of its own with the arguments, environment, folder and output that the caller names. It shares only
the imports, and what Python reads from the environment when it starts: a run that needs another value of that is
started by itself. So is every run in which a test does more than wait for the end: with a signal, in a terminal.
`tests/integration/test_installed.py` starts what is installed.
"""

import atexit
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_SERVER = Path(__file__).with_name("forkserver.py")
_READ_AT_START = ("PYTHON", "LC_", "LD_", "LANG", "TZ")
"""How the variables begin that Python and the C library read only when a process starts."""


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    folder: Path | None = None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """Run the command `crreg` or a Python file with its arguments, with nothing as input.

    Raises:
        subprocess.TimeoutExpired: it did not end within `timeout` seconds, and was killed.
    """
    words = [os.fspath(word) for word in command]
    if _read_at_start(environment) != _read_at_start(os.environ):
        start = [sys.executable, *words] if words[0].endswith(".py") else words
        return subprocess.run(
            start,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    with (
        tempfile.TemporaryFile("w+") as request,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
        Path(os.devnull).open() as nothing,
    ):
        json.dump(
            {"command": words, "environment": dict(environment), "folder": str(folder or Path.cwd())}, request
        )
        request.seek(0)
        code = _run([file.fileno() for file in (request, nothing, output, errors)], timeout, words)
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(words, code, output.read(), errors.read())


def _run(descriptors: Sequence[int], timeout: float, command: Sequence[str]) -> int:
    ours, theirs = socket.socketpair()
    with ours, ours.makefile() as answer:
        with theirs:
            socket.send_fds(_server(), [b"r"], [*descriptors, theirs.fileno()])
        ours.settimeout(timeout)
        child = int(answer.readline())
        try:
            return int(answer.readline())
        except TimeoutError:
            os.kill(child, signal.SIGKILL)
            raise subprocess.TimeoutExpired(command, timeout) from None


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


@functools.cache
def _server() -> socket.socket:
    """Start the process, which ends with this one; returns where it takes requests."""
    ours, theirs = socket.socketpair()
    with theirs:
        # -P keeps the sandbox's folder out of the path.
        process = subprocess.Popen([sys.executable, "-P", _SERVER], stdin=theirs.fileno())

    def stop() -> None:
        ours.close()
        process.wait()

    atexit.register(stop)
    return ours
