"""The sandbox's own DNS server, and a way to run programs that use it."""

# Assumes NET-HOSTS.

import secrets
import shutil
import socket
import socketserver
import struct
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

_HEADER = struct.Struct("!6H")
_ANSWERS = 0x8180
_SERVFAIL, _NXDOMAIN = 2, 3
_A = 1
_ENTER = (
    'mount --bind "$1/resolv.conf" /etc/resolv.conf && '
    'mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"'
)


class NameServer:
    """Answers for the names in `zone`; all others do not exist. An empty address simulates a server failure.

    It listens on port 53 of its own loopback address, which needs root.
    """

    def __init__(self, folder: Path, zone: Mapping[str, str]) -> None:
        address = f"127.53.{secrets.randbelow(256)}.{secrets.randbelow(254) + 1}"
        self._server = _Server(zone, address)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:1 attempts:1\n")
        (folder / "nsswitch.conf").write_text("hosts: files dns\n")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def before(self) -> tuple[str, ...]:
        """The words before a command that make it use this server."""
        return ("unshare", "--mount", "sh", "-c", _ENTER, "sh", str(self._folder))

    @property
    def asked(self) -> list[str]:
        """The names requested so far, in order, without a trailing dot."""
        return list(self._server.asked)


def why_none() -> str:
    """Why no name server can run here; empty if one can."""
    if shutil.which("unshare") is None:
        return "there is no unshare"
    entered = subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False)
    if entered.returncode:
        return "a mount namespace needs a privilege that this user lacks"
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.1.2.3", 53))
    except OSError as error:
        return f"port 53 can't be listened on: {error.strerror}"
    return ""


class _Server(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def __init__(self, zone: Mapping[str, str], address: str) -> None:
        super().__init__((address, 53), _Handler)
        self.zone = dict(zone)
        self.asked: list[str] = []


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        query, channel = self.request
        number, *_ = _HEADER.unpack_from(query)
        labels, end = _labels(query)
        kind, _ = struct.unpack_from("!2H", query, end)
        name = ".".join(labels).lower()
        self.server.asked.append(name)
        address = self.server.zone.get(name)
        code = _NXDOMAIN if address is None else 0 if address else _SERVFAIL
        found = kind == _A and bool(address)
        answer = _HEADER.pack(number, _ANSWERS | code, 1, int(found), 0, 0) + query[_HEADER.size : end + 4]
        if found and address:
            answer += struct.pack("!3HIH", 0xC00C, _A, 1, 60, 4) + socket.inet_aton(address)
        channel.sendto(answer, self.client_address)


def _labels(query: bytes) -> tuple[list[str], int]:
    """The labels of the requested name, and the position where it ends."""
    labels, at = [], _HEADER.size
    while length := query[at]:
        labels.append(query[at + 1 : at + 1 + length].decode("ascii"))
        at += 1 + length
    return labels, at + 1
