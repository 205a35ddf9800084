"""Run the server in a process of its own: `python -m sandbox.github --port 0`."""

import argparse
import ctypes
import json
import os
import signal
import sys
import threading

from sandbox.github.description import FILE, Description, Unchecked
from sandbox.github.operations import Server, Service

PR_SET_PDEATHSIG = 1
"""A constant of Linux's prctl(2)."""


def main() -> None:
    """Serve until SIGTERM, SIGINT or the end of the parent process."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.github", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--unchecked", action="store_true", help="do without GitHub's description")
    arguments = parser.parse_args()
    if not arguments.unchecked and not FILE.is_file():
        sys.exit(f"GitHub's description is not at {FILE}: npm ci in tests/ installs it")
    parent = os.getppid()
    server = Server(arguments.port, Service(Unchecked() if arguments.unchecked else Description()))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop())
    _die_with(parent)
    # Reading GitHub's description takes a third of a second, so print the first line before.
    threading.Thread(target=server.service.warm_up, daemon=True).start()
    print(json.dumps({"url": server.url, "pid": os.getpid()}), flush=True)
    with server:
        server.serve_forever(poll_interval=0.05)


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the parent process is gone")


if __name__ == "__main__":
    main()
