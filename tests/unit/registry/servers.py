"""Small real servers on loopback that answer as registries do, and remember what they were asked."""

import base64
import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    authorization: str | None
    account: str | None = None
    scope: str | None = None


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


MANIFEST = Answer(
    body={
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/octet-stream", "digest": f"sha256:{'0' * 64}", "size": 2},
        "layers": [],
    },
    headers={"Content-Type": "application/vnd.oci.image.manifest.v1+json"},
)
"""An image whose configuration has the old media type that docker takes without reading it."""


class Server(ThreadingHTTPServer):
    """Answers with what `answer` returns for each request."""

    daemon_threads = True

    def __init__(self, answer: Callable[[Request], Answer], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.requests: list[Request] = []
        self.connections = 0
        self.scheme = "https" if tls else "http"
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.address}"

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.path}" for request in self.requests]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def log_message(self, *_arguments: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        request = Request(
            self.command,
            parts.path,
            self.headers.get("Authorization"),
            query.get("account", [None])[0],
            query.get("scope", [None])[0],
        )
        self.server.requests.append(request)
        answer = self.server.answer(request)
        body = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    do_PUT = do_PATCH = do_POST  # noqa: N815 - the names that http.server calls


@contextlib.contextmanager
def serving(answer: Callable[[Request], Answer], tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(answer, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does with each connection what `talk` does; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)
    closing = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            talk(connection)

    def accept() -> None:
        while not closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        closing.set()
        thread.join()
        listener.close()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def basic_registry(user: str, password: str, images: tuple[str, ...] = ()) -> Callable[[Request], Answer]:
    """A registry that wants Basic; `images` are `repository/manifests/tag`."""

    def answer(request: Request) -> Answer:
        if request.authorization != basic(user, password):
            return Answer(
                401,
                {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]},
                {"WWW-Authenticate": 'Basic realm="sandbox"'},
            )
        return _resource(request, images)

    return answer


def bearer_registry(
    user: str,
    password: str,
    images: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
) -> Callable[[Request], Answer]:
    """A registry with its token server under /token; a token is its scope after `user!` or `nobody!`."""

    def answer(request: Request) -> Answer:
        if request.path == "/token":
            if request.authorization is None:
                return Answer(200, {"token": f"nobody!{request.scope}"})
            if request.authorization != basic(user, password):
                return Answer(401, {"details": "incorrect username or password"})
            return Answer(200, {"token": f"user!{request.scope}"})
        owner, _, scope = (request.authorization or "").removeprefix("Bearer ").partition("!")
        name = request.path.removeprefix("/v2/")
        allowed = {"user": (*images, *public), "nobody": public}.get(owner, ())
        in_scope = not name or scope == f"repository:{name.split('/manifests/')[0]}:pull"
        if not owner or not in_scope or (name and owner == "nobody" and name not in public):
            return Answer(401, {}, {"WWW-Authenticate": "{challenge}"})
        return _resource(request, allowed)

    return answer


def with_realm(
    server_url: Callable[[], str], answer: Callable[[Request], Answer]
) -> Callable[[Request], Answer]:
    """Fill in where the token server is, which is known only once the server listens."""

    def filled(request: Request) -> Answer:
        given = answer(request)
        headers = {
            name: value.replace("{challenge}", f'Bearer realm="{server_url()}/token",service="sandbox"')
            for name, value in given.headers.items()
        }
        return Answer(given.status, given.body, headers)

    return filled


@contextlib.contextmanager
def serving_bearer(
    user: str,
    password: str,
    images: tuple[str, ...] = (),
    public: tuple[str, ...] = (),
) -> Iterator[Server]:
    url: list[str] = []
    with serving(with_realm(lambda: url[0], bearer_registry(user, password, images, public))) as server:
        url.append(server.url)
        yield server


def _resource(request: Request, images: tuple[str, ...]) -> Answer:
    name = request.path.removeprefix("/v2/")
    if not name:
        return Answer(200, {}, {"Docker-Distribution-Api-Version": "registry/2.0"})
    if name in images:
        return MANIFEST
    return Answer(404, {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})
