"""A progress line on standard error."""

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
        with self._lock:
            self._stream.write(f"\r\x1b[2K{plain(text)} …")
            self._stream.flush()
            self._shown = True

    def done(self) -> None:
        """Wipe the line."""
        with self._lock:
            if self._shown:
                self._stream.write("\r\x1b[2K")
                self._stream.flush()
                self._shown = False
