"""Serves an engine's BuildKit at its own address, as a separate `buildkitd` does."""

import contextlib
import socket
import tempfile
import threading
from collections.abc import Iterator

_CHUNK = 64 * 1024
_UPGRADE = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
_SWITCHED = b"HTTP/1.1 101 "


@contextlib.contextmanager
def buildkit_of(host: str) -> Iterator[str]:
    """The address for the driver `remote` of buildx; `host` is the engine's, a socket in the file system."""
    # Assumes ENGINE.
    with tempfile.TemporaryDirectory(prefix="crreg-buildkit-", dir="/tmp") as folder:
        path = f"{folder}/buildkit.sock"
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(path)
            listening.listen()
            relaying = threading.Thread(
                target=_relay, args=(listening, host.removeprefix("unix://")), daemon=True
            )
            relaying.start()
            try:
                yield f"unix://{path}"
            finally:
                # Wake the thread that waits for the next connection.
                listening.shutdown(socket.SHUT_RDWR)
                relaying.join()


def _relay(listening: socket.socket, engine: str) -> None:
    with contextlib.ExitStack() as stack:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            stack.enter_context(near)
            far = stack.enter_context(socket.socket(socket.AF_UNIX))
            far.connect(engine)
            far.sendall(_UPGRADE)
            rest = _after_headers(far)
            near.sendall(rest)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _after_headers(engine: socket.socket) -> bytes:
    """Return the bytes that followed the headers of the response."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = engine.recv(_CHUNK)
        if not piece:
            break
        answer += piece
    head, _, rest = answer.partition(b"\r\n\r\n")
    if not head.startswith(_SWITCHED):
        raise OSError(f"the engine hands out no BuildKit: {head[:200]!r}")
    return rest


def _pump(source: socket.socket, sink: socket.socket) -> None:
    # Either end may already be closed.
    with contextlib.suppress(OSError):
        while piece := source.recv(_CHUNK):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
