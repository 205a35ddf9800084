"""HTTP/1.1 in front of the service: at the root, under `/api/v3`, and as a proxy's target."""

# Assumes GH-ENTERPRISE, GH-RUN.

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.github import steering
from sandbox.github.exchange import ENTERPRISE, Answer, Request
from sandbox.github.service import Service

CONTROL = "/_sandbox/"
LOGS = "/_logs/"
"""Where the logs of jobs are, outside of the API, as GitHub has them on another host."""
BODY_LIMIT = 10 * 1024 * 1024


class Server(ThreadingHTTPServer):
    """An HTTP server for one GitHub."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, service: Service) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.service = service

    @property
    def url(self) -> str:
        """Address of the API's root."""
        return f"http://127.0.0.1:{self.server_port}"

    def stop(self) -> None:
        """End `serve_forever` from any thread, a signal handler of its own included."""
        threading.Thread(target=self.shutdown).start()


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    # An answer is sent in one packet, without waiting for the client's acknowledgment of the headers.
    disable_nagle_algorithm = True
    wbufsize = -1

    def _serve(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), BODY_LIMIT)
        body = self.rfile.read(length)
        if len(body) < length:
            # The client was killed while it sent this.
            self.close_connection = True
            return
        # A client that uses this server as a proxy sends the whole address.
        address = urlsplit(self.path)
        host = address.netloc or self.headers.get("Host", f"127.0.0.1:{self.server.server_port}")
        if address.path.startswith(CONTROL):
            self._send(steering.steer(self.server.service, address.path.removeprefix(CONTROL), body))
            return
        if address.path.startswith(LOGS):
            self._send_log(address.path.removeprefix(LOGS))
            return
        path, base = _api_path(address.path, f"{address.scheme or _scheme(host)}://{host}")
        query = dict(parse_qsl(address.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(self.server.service.respond(Request(self.command, path, query, headers, body, base)))

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - names that the base class looks for

    def _send_log(self, identifier: str) -> None:
        run = self.server.service.world.runs.get(int(identifier)) if identifier.isdecimal() else None
        content = run.log.encode() if run is not None else b""
        self.send_response_only(200 if run is not None else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Date", self.date_time_string(self.server.service.weather.now()))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.body is not None:
            kind = "text/html" if isinstance(answer.body, str) else "application/json; charset=utf-8"
            self.send_header("Content-Type", kind)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)
        try:
            self.wfile.flush()
        except ConnectionError:
            # The client is gone, perhaps because a test killed it while its request was held back.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: the journal records the requests, without credentials."""


def _scheme(host: str) -> str:
    """The address that the client used: a host without a port that is not local means a TLS relay."""
    name, separator, _ = host.partition(":")
    return "http" if separator or name == "127.0.0.1" or name.endswith("localhost") else "https"


def _api_path(path: str, origin: str) -> tuple[str, str]:
    """The path as api.github.com has it, and the address of the API's root that belongs to it."""
    # Assumes GH-ENTERPRISE.
    if path == "/api/graphql":
        return "/graphql", origin
    if path.startswith(f"{ENTERPRISE}/"):
        return path.removeprefix(ENTERPRISE), origin + ENTERPRISE
    return path, origin
