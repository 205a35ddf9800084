"""A progress line on standard error."""

import contextlib
import shutil
import sys
import threading
from typing import TextIO

from crreg.net.request_log import is_on
from crreg.printable import plain


class Progress:
    """A line on a terminal that says what crreg waits for. It is replaced, and wiped at the end."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        # Lines about requests would end up in the middle of it.
        self._terminal = self._stream.isatty() and not is_on()
        self._lock = threading.Lock()
        self._shown = False

    def say(self, text: str) -> None:
        """Show `text` on a terminal. Without one nobody watches, and nothing is written."""
        if not self._terminal or not text:
            return
        # The wipe reaches one row of the terminal.
        shown = plain(text, max(10, shutil.get_terminal_size().columns - len(" …") - 1))
        # A thread that gathers facts has no way to report that the terminal is gone.
        with self._lock, contextlib.suppress(OSError):
            self._stream.write(f"\r\x1b[2K{shown} …")
            self._stream.flush()
            self._shown = True

    def done(self) -> None:
        """Wipe the line."""
        with self._lock:
            if self._shown:
                self._stream.write("\r\x1b[2K")
                self._stream.flush()
                self._shown = False
