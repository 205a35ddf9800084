"""A process that has imported crreg and forks for each run of it; `sandbox.warm` starts one and says what for.

Its standard input is the socket for requests. It imports nothing of the sandbox. A request is a byte with descriptors:
of a JSON document, of the three standard streams, and of the socket for the answer. The answer is the number of the
process on one line, and its exit code on the next.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import crreg

_DESCRIPTORS = 5
_FIRST = 3
"""The first descriptor that is no standard stream."""
_LIBRARIES = ("boto3", "docker", "github", "nacl.public")
"""Those that crreg imports when it needs them."""


def main() -> None:
    """Serve until nobody can send a request any more."""
    names = [each.name for each in pkgutil.walk_packages(crreg.__path__, "crreg.")]
    for name in (*names, *_LIBRARIES):
        # It runs the command.
        if name != "crreg.__main__":
            importlib.import_module(name)
    # The garbage collector of a child would write to all these objects, and so copy the memory of this process.
    gc.freeze()
    run = _serve()
    if run is not None:
        # Descriptors of the server and of other runs.
        os.closerange(_FIRST, os.sysconf("SC_OPEN_MAX"))
        run()


def _serve() -> Callable[[], object] | None:
    """Fork for each request; returns in each child what to run there, and None at the end."""
    with socket.socket(fileno=os.dup(0)) as requests, selectors.DefaultSelector() as waiting:
        waiting.register(requests, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.data is not None:
                    _answer(*key.data)
                    waiting.unregister(key.fd)
                    os.close(key.fd)
                    continue
                message, descriptors, _, _ = socket.recv_fds(requests, 1, _DESCRIPTORS)
                if not message:
                    return None
                request, *streams, answer = descriptors
                child = os.fork()
                if child == 0:
                    return _prepared(request, streams)
                os.write(answer, f"{child}\n".encode())
                waiting.register(os.pidfd_open(child), selectors.EVENT_READ, (child, answer))
                for descriptor in (request, *streams):
                    os.close(descriptor)


def _answer(child: int, answer: int) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.write(answer, f"{code}\n".encode())
    os.close(answer)


def _prepared(request: int, streams: list[int]) -> Callable[[], object]:
    """Give this process what a new one would have, and return what to run."""
    with os.fdopen(request) as file:
        asked: dict[str, Any] = json.load(file)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    sys.argv = asked["command"]
    program = sys.argv[0]
    if program.endswith(".py"):
        return partial(runpy.run_path, program, run_name="__main__")
    from crreg.cli.main import main as command

    return command


if __name__ == "__main__":
    main()
