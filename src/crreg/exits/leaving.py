"""The end of the process."""

import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

from crreg.exits.signals import end_on_signals


def leave(code: int) -> NoReturn:
    """End the process with this exit code, even if other threads still wait for a server.

    Such a thread is a daemon: Python does not wait for it. But then OpenSSL frees what the thread uses, and about one
    interrupted check in a hundred crashed with SIGSEGV. So with other threads, nothing is freed and the system ends
    them all.
    Source: https://github.com/openssl/openssl/issues/6214
    """
    end_on_signals()
    _discard_unwritten()
    if threading.active_count() > 1:
        os._exit(code)
    sys.exit(code)


def _discard_unwritten() -> None:
    """Write what is left, and drop it if that fails: Python would complain, and change the exit code.

    Source: https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    # A stream that was closed before the start is None.
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            with Path(os.devnull).open("wb") as nowhere:
                os.dup2(nowhere.fileno(), stream.fileno())
