"""A child process that is stopped through its handle, and always ends with its parent."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_PAUSE = 0.02
_MOST_LOG = 4000


class NotStartedError(RuntimeError):
    """A server of the sandbox did not start; the message ends with its log."""


class Process:
    """A program that runs until it is stopped, with its output in `log`."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        program = which(command[0])
        if program is None:
            raise NotStartedError(f"{command[0]} is not installed")
        self.log = log
        with log.open("ab") as output:
            self._child = subprocess.Popen(
                [*_dies_with_parent(), program, *command[1:]],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )

    @property
    def pid(self) -> int:
        """The program's own process id."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether it is still running."""
        return self._child.poll() is None

    def wait_for_log(self, pattern: str, *, seconds: float = 20) -> re.Match[str]:
        """Wait until the output matches `pattern`."""
        deadline = time.monotonic() + seconds
        while True:
            running = self.running
            text = self.log.read_text(errors="replace")
            found = re.search(pattern, text)
            if found:
                return found
            if not running or time.monotonic() > deadline:
                state = "did not say" if running else "ended before it said"
                raise NotStartedError(f"{self._child.args!r} {state} {pattern!r}:\n{text[-_MOST_LOG:]}")
            time.sleep(_PAUSE)

    def stop(self, *, seconds: float = 15) -> None:
        """Send SIGTERM, and SIGKILL if it has not ended within `seconds`."""
        if self.running:
            self._child.terminate()
            try:
                self._child.wait(seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()

    def kill(self) -> None:
        """Kill it at once, as if the machine lost power."""
        self._child.kill()
        self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def which(program: str) -> str | None:
    """Find a program, also in the folders for administrators, which a user's PATH often lacks."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def _dies_with_parent() -> list[str]:
    # setpriv (of util-linux, on every Debian) asks the kernel for the signal and becomes the program, so the
    # process id stays the handle. The parent is the thread that started it: let that be one that lasts.
    # Elsewhere only stop() ends the program.
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", "--"] if setpriv else []
