"""A front before a registry that goes wrong at chosen requests, and notes what travelled in them."""

import gzip
import http.client
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.relay import RelayHandler
from sandbox.serving import Journal, Server


@dataclass(frozen=True, slots=True)
class Seen:
    """A request, with what matters of its headers."""

    method: str
    path: str
    authorized: bool
    range: str | None


@dataclass(slots=True)
class Rule:
    """What the next `times` requests get whose method is that one and whose path holds those words."""

    method: str
    words: str
    act: "Callable[[FrontHandler], None]"
    times: int = 1


class Front(Server):
    """Relays to `backend`, but for what its rules say."""

    def __init__(self, backend: str, *rules: Rule) -> None:
        super().__init__(FrontHandler)
        self.backend = backend
        self.rules = list(rules)
        self.journal = Journal()
        self.seen: list[Seen] = []

    def rule_for(self, method: str, path: str) -> Rule | None:
        """The rule that a request meets, which is then one time less; requests may come at the same time."""
        with self._lock:
            for rule in self.rules:
                if rule.times and rule.method == method and rule.words in path:
                    rule.times -= 1
                    return rule
        return None

    def named(self, method: str, words: str) -> list[Seen]:
        """The requests of that method whose path holds those words."""
        return [seen for seen in self.seen if seen.method == method and words in seen.path]


class FrontHandler(RelayHandler):
    """One connection through the front."""

    server: Front

    def answer(self) -> None:
        """Do as the rule says, or let the registry answer."""
        authorized = self.headers["Authorization"] is not None
        self.server.seen.append(Seen(self.command, self.path, authorized, self.headers["Range"]))
        rule = self.server.rule_for(self.command, self.path)
        if rule is not None:
            rule.act(self)
        else:
            self.relay(self.server.backend)

    def original(self) -> bytes:
        """The body of the registry's own answer to the request at hand."""
        return self.forward()[1]

    def forward(self) -> tuple[int, bytes]:
        """Send the request on, and keep the answer from the client; its status and body."""
        where = urllib.parse.urlsplit(self.server.backend)
        connection = http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=30)
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            names = {name: value for name, value in self.headers.items() if name != "Host"}
            connection.request(self.command, self.path, body or None, names)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def swallow(self) -> None:
        """Read the request's body to its end."""
        left = int(self.headers.get("Content-Length", 0))
        while left and (chunk := self.rfile.read1(min(left, 1 << 16))):
            left -= len(chunk)


def cut(after: int) -> Callable[[FrontHandler], None]:
    """The registry's own answer, which breaks off after so many bytes."""

    def act(handler: FrontHandler) -> None:
        body = handler.original()
        status = 206 if handler.headers["Range"] else 200
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:after])
        handler.close_connection = True

    return act


def instead(change: Callable[[bytes], bytes]) -> Callable[[FrontHandler], None]:
    """The registry's own answer with another body."""
    return lambda handler: handler.respond(200, change(handler.original()))


def stale(digest: str) -> Callable[[FrontHandler], None]:
    """A tag as it was before: it points at another manifest."""
    headers = {
        "Content-Type": "application/vnd.oci.image.manifest.v1+json",
        "Docker-Content-Digest": digest,
        "Content-Length": "2",
    }

    def act(handler: FrontHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()

    return act


def compressed(handler: FrontHandler) -> None:
    """The registry's own answer, compressed on the way."""
    body = handler.original()
    kind = json.loads(body).get("mediaType", "") if body.startswith(b"{") else ""
    headers = {"Content-Encoding": "gzip", "Content-Type": kind or "application/octet-stream"}
    handler.respond(200, gzip.compress(body), headers)


def whole(handler: FrontHandler) -> None:
    """All of a blob, as of a registry that knows no ranges."""
    del handler.headers["Range"]
    handler.respond(200, handler.original())


def stall(handler: FrontHandler) -> None:
    """Nothing, until the client gives up."""
    handler.connection.recv(1)
    handler.close_connection = True


def lose_answer(handler: FrontHandler) -> None:
    """Let the registry do what was asked, and close the connection instead of saying so."""
    assert handler.forward()[0] == http.HTTPStatus.CREATED
    handler.close_connection = True


def fail_afterwards(handler: FrontHandler) -> None:
    """Let the registry do what was asked, and say that it failed."""
    assert handler.forward()[0] == http.HTTPStatus.CREATED
    handler.respond(500, b"")


def refuse(status: int, code: str, message: str) -> Callable[[FrontHandler], None]:
    """An error as registries send them, after the request was read to its end."""
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()

    def act(handler: FrontHandler) -> None:
        handler.swallow()
        handler.respond(status, body, {"Content-Type": "application/json"})

    return act


def refuse_at_once(status: int, code: str, message: str) -> Callable[[FrontHandler], None]:
    """The same before the request's body was read; then the connection is closed, as a proxy with a limit does."""
    body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()

    def act(handler: FrontHandler) -> None:
        handler.rfile.read1(1 << 12)
        handler.respond(status, body, {"Content-Type": "application/json", "Connection": "close"})
        handler.close_connection = True

    return act


def ranged(begins: int) -> Callable[[FrontHandler], None]:
    """The registry's own answer, which claims to begin somewhere else."""

    def act(handler: FrontHandler) -> None:
        body = handler.original()
        end = begins + len(body)
        handler.respond(206, body, {"Content-Range": f"bytes {begins}-{end - 1}/{end}"})

    return act


def compressed_range(handler: FrontHandler) -> None:
    """The rest of a blob, compressed on the way."""
    handler.respond(206, gzip.compress(handler.original()), {"Content-Encoding": "gzip"})


def redirect(url: str) -> Callable[[FrontHandler], None]:
    """A redirect to the same path elsewhere, as to a registry's storage."""
    return lambda handler: handler.respond(307, b"", {"Location": url + handler.path})


def hang_up(after: int) -> Callable[[FrontHandler], None]:
    """Read so many bytes of the request's body, and close the connection."""

    def act(handler: FrontHandler) -> None:
        left = after
        while left and (chunk := handler.rfile.read1(min(left, 1 << 16))):
            left -= len(chunk)
        handler.close_connection = True

    return act


def upload_at(url: str) -> Callable[[FrontHandler], None]:
    """An upload that goes on at another address."""
    return lambda handler: handler.respond(202, b"", {"Location": f"{url}/elsewhere"})
