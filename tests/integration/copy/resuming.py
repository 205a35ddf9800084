"""A registry that keeps what arrived of an upload that broke off, as the distribution specification describes it."""

import re
import urllib.parse
from collections import Counter

from sandbox.serving import Handler, Server

_CHUNK = 1 << 16


class ResumingRegistry(Server):
    """Takes blobs and manifests of any repository; each of `breaks` ends one upload's body after so many bytes."""

    def __init__(self, *breaks: int, statuses: bool = True, bodies_in_put: bool = True) -> None:
        super().__init__(_ResumingHandler)
        self.breaks = list(breaks)
        self.statuses = statuses
        """Whether it tells how far an upload got."""
        self.bodies_in_put = bodies_in_put
        """Whether the PUT that ends an upload may bring its bytes."""
        self.uploads: dict[str, bytearray] = {}
        self.blobs: dict[str, bytes] = {}
        self.manifests: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        """Requests by method, and by whether they concern an upload: `PATCH upload`."""
        self.received = 0
        """Bytes of blobs."""

    def open(self) -> str:
        """A new upload's name."""
        name = f"u{self.asked['POST upload']}"
        self.uploads[name] = bytearray()
        return name


class _ResumingHandler(Handler):
    server: ResumingRegistry

    def answer(self) -> None:
        path, _, query = self.path.partition("?")
        upload = re.fullmatch(r"/v2/o/r/blobs/uploads/(.*)", path)
        self.server.asked[f"{self.command} {'upload' if upload else path.split('/')[-2]}"] += 1
        if path == "/v2/":
            self.respond(200, b"{}")
        elif upload:
            self._upload(upload[1], urllib.parse.parse_qs(query))
        elif self.command == "PUT":
            self.server.manifests[path] = self.rfile.read(int(self.headers["Content-Length"]))
            self.respond(201, b"")
        else:
            self.respond(404, b"")

    def _upload(self, name: str, query: dict[str, list[str]]) -> None:
        if self.command == "POST":
            self._say(202, self.server.open())
        elif name not in self.server.uploads or (self.command == "GET" and not self.server.statuses):
            self.respond(404, b"")
        elif self.command == "DELETE":
            del self.server.uploads[name]
            self.respond(204, b"")
        elif self.command == "GET":
            self._say(204, name)
        elif (
            self.command == "PUT" and not self.server.bodies_in_put and self.headers["Content-Length"] != "0"
        ):
            self.close_connection = True
            self.respond(405, b"")
        elif self._take(self.server.uploads[name]):
            self._taken(name, query)

    def _take(self, upload: bytearray) -> bool:
        """Read the body into the upload; False where the connection is to break off."""
        left = int(self.headers["Content-Length"])
        begins, _, ends = self.headers.get("Content-Range", f"0-{left - 1}").partition("-")
        if (left and int(begins) != len(upload)) or int(ends) - int(begins) + 1 != left:
            self.close_connection = True
            self.respond(416, b"")
            return False
        breaks = self.server.breaks.pop(0) if left and self.server.breaks else None
        while left and (breaks is None or len(upload) < breaks):
            most = min(left, _CHUNK) if breaks is None else min(left, _CHUNK, breaks - len(upload))
            chunk = self.rfile.read1(most)
            if not chunk:
                break
            upload += chunk
            self.server.received += len(chunk)
            left -= len(chunk)
        self.close_connection = bool(left)
        return not left

    def _taken(self, name: str, query: dict[str, list[str]]) -> None:
        if self.command == "PATCH":
            self._say(202, name)
            return
        self.server.blobs[query["digest"][0]] = bytes(self.server.uploads.pop(name))
        self.respond(201, b"")

    def _say(self, status: int, name: str) -> None:
        size = len(self.server.uploads[name])
        location = f"/v2/o/r/blobs/uploads/{name}"
        self.respond(status, b"", {"Location": location, "Range": f"0-{max(0, size - 1)}"})
