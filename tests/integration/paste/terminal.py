"""A person's shell on a terminal of its own, into which lines are pasted and values are typed when asked."""

import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SHELLS: Mapping[str, tuple[str, ...]] = {
    "bash": ("bash", "--noprofile", "--norc", "--noediting", "-i"),
    "zsh": ("zsh", "-f", "-i", "-o", "promptsubst", "+o", "zle", "+o", "promptcr", "+o", "promptsp"),
}
_READY = re.compile(r"<ready (\d+)>")
_QUESTION = re.compile(r"Paste your (?:secret|variable)[^\n]*\Z")
"""What gh asks with."""
_PROMPT = re.compile(r"(?:Identifier for|Value of|Write this)[^\n]*: \Z")
"""What crreg asks with."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[78])")
_PATIENCE = 60.0
"""Seconds that a command may take."""
_WHERE, _HERE = "\x1b[6n", b"\x1b[1;1R"
"""A program asks where the cursor is, and the terminal's answer."""
_A_MOMENT = 0.4
"""Seconds of silence after which a person types."""
_CHUNK = 65536


class PasteFailedError(AssertionError):
    """A line did not do what the report promised."""


class Terminal:
    """An interactive shell; `open_terminal` makes one."""

    def __init__(self, leader: int) -> None:
        self._leader = leader
        self._read_until_ready()

    def paste(self, line: str, answer: Callable[[str], str]) -> str:
        """Run a line as it is and return what it printed; `answer` gives what is typed, by the line that asks.

        Raises PasteFailedError where the shell reports a failure.
        """
        self._type(line)
        if re.match(r"read -rs? \w+ &&", line):
            time.sleep(_A_MOMENT)
            self._type(answer(line))
        return self._read_to_the_end(line, lambda _: answer(line), _QUESTION)

    def converse(self, line: str, answer: Callable[[str], str]) -> str:
        """Run a line of crreg and return what it printed; `answer` gives what is typed, by what was printed so far.

        Raises PasteFailedError where the shell reports a failure.
        """
        self._type(line)
        return self._read_to_the_end(line, answer, _PROMPT)

    def _read_to_the_end(self, line: str, answer: Callable[[str], str], question: re.Pattern[str]) -> str:
        code, shown = self._read_until_ready(answer, question)
        if code != 0:
            raise PasteFailedError(f"exit status {code} of: {line}\n{shown}")
        return shown

    def _type(self, text: str) -> None:
        os.write(self._leader, f"{text}\r".encode())

    def _read_until_ready(
        self, ask: Callable[[str], str] | None = None, question: re.Pattern[str] = _QUESTION
    ) -> tuple[int, str]:
        seen, ends = "", time.monotonic() + _PATIENCE
        while (found := _READY.search(seen)) is None:
            if time.monotonic() > ends:
                raise PasteFailedError(f"the terminal waits for something after:\n{seen}")
            asked = ask is not None and question.search(seen) is not None
            if not select.select([self._leader], [], [], _A_MOMENT)[0]:
                # A program that asks first sets the terminal to its needs, and then is quiet.
                if asked and ask is not None:
                    self._type(ask(seen))
                    seen += "\n"
                continue
            chunk = os.read(self._leader, _CHUNK).decode(errors="replace")
            os.write(self._leader, _HERE * chunk.count(_WHERE))
            seen += _ESCAPES.sub("", chunk)
        return int(found[1]), seen[: found.start()]


@contextmanager
def open_terminal(shell: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """A shell of SHELLS in `folder`; it ends with the block."""
    leader, follower = pty.openpty()
    attributes = termios.tcgetattr(follower)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(follower, termios.TCSANOW, attributes)
    with subprocess.Popen(
        SHELLS[shell],
        cwd=folder,
        env={**environment, "PS1": "<ready $?>", "TERM": "screen", "HISTFILE": ""},
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - it makes one system call
    ) as process:
        os.close(follower)
        try:
            yield Terminal(leader)
        finally:
            os.close(leader)
            process.kill()
            process.wait(_PATIENCE)


def _take_terminal() -> None:
    """Make standard input the controlling terminal, as a terminal window does."""
    import fcntl

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
