"""A network of made-up hosts: a forward proxy that any program can use, with TLS certificates of the authority."""

import threading
import urllib.parse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sandbox.authority import Authority, Leaf
from sandbox.relay import RelayHandler
from sandbox.serving import Server

_NOT_PROXIED = "127.0.0.1,localhost,::1"


class HostRequest(NamedTuple):
    """A request to a host of the world, without values."""

    host: str
    method: str
    path: str
    authorized: bool


@dataclass(frozen=True, slots=True)
class Site:
    """The server behind a host name."""

    backend: str
    """Address of the plain HTTP server that answers, as http://127.0.0.1:5000."""
    routes: Mapping[str, str] = field(default_factory=dict)
    """Other servers by path prefix; the first match wins."""
    tls: bool = True
    """Whether port 443 uses TLS; if not, it uses plain HTTP, and so does port 80."""
    leaf: Leaf | None = None
    """The certificate that it presents; None for one that is valid for its name."""

    def backend_for(self, path: str) -> str:
        """The server that answers for `path`."""
        return next((url for prefix, url in self.routes.items() if path.startswith(prefix)), self.backend)


class Internet(Server):
    """The proxy; `sites` lists the hosts that exist, and may change while it runs."""

    def __init__(self, authority: Authority) -> None:
        super().__init__(_ProxyHandler)
        self.authority = authority
        self.sites: dict[str, Site] = {}
        """Sites by host, or by host:port for ports other than 443 and 80."""
        self._counts = threading.Lock()
        self._requests: list[HostRequest] = []
        self._connections: Counter[str] = Counter()

    def add(
        self,
        host: str,
        backend: str,
        *,
        routes: Mapping[str, str] | None = None,
        tls: bool = True,
        leaf: Leaf | None = None,
    ) -> None:
        """Add `host` with the attributes of a Site."""
        self.sites[host] = Site(backend, routes or {}, tls, leaf)

    def environment(self) -> dict[str, str]:
        """Variables that make a program use this network: the proxy, and trust in the authority."""
        proxies = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")
        direct = dict.fromkeys(("NO_PROXY", "no_proxy"), _NOT_PROXIED)
        return {**dict.fromkeys(proxies, self.url), **direct, **self.authority.environment()}

    @property
    def requests(self) -> list[HostRequest]:
        """All requests so far, in order."""
        with self._counts:
            return list(self._requests)

    @property
    def connections(self) -> Counter[str]:
        """Connections so far, by host, including hosts that don't exist."""
        with self._counts:
            return Counter(self._connections)

    def clear(self) -> None:
        """Forget all requests and connections so far."""
        with self._counts:
            self._requests.clear()
            self._connections.clear()

    def find(self, host: str, port: int) -> Site | None:
        """The site at that host and port; None if there is none."""
        exact = self.sites.get(f"{host}:{port}")
        if exact is not None:
            return exact
        site = self.sites.get(host)
        return site if site is not None and (port == 443 or (port == 80 and not site.tls)) else None

    def note_connection(self, host: str) -> None:
        """Count a connection."""
        with self._counts:
            self._connections[host] += 1

    def note_request(self, request: HostRequest) -> None:
        """Count a request."""
        with self._counts:
            self._requests.append(request)


class _ProxyHandler(RelayHandler):
    server: Internet
    _host: str | None = None
    """The host that this connection was tunneled to."""
    _site: Site | None = None

    def do_CONNECT(self) -> None:  # noqa: N802 - named by http.server
        # Assumes NET-HOSTS, NET-TLS.
        host, port = _split_authority(self.path)
        self.server.note_connection(host)
        site = self.server.find(host, port)
        if self._site is not None or site is None:
            self.close_connection = True
            self.respond(502, f"no such host: {host}\n".encode(), {"Connection": "close"})
            return
        self._host, self._site = host, site
        # Before 3.12, Python requests a tunnel with HTTP/1.0, whose connections would end with the answer.
        self.close_connection = False
        self.send_response_only(200, "Connection established")
        self.end_headers()
        if site.tls:
            leaf = site.leaf or self.server.authority.leaf(host)
            self.secure(leaf.server_context())

    def answer(self) -> None:
        # Assumes NET-HOSTS.
        if self._host is not None and self._site is not None:
            self._pass_on(self._host, self._site, self.path)
            return
        url = urllib.parse.urlsplit(self.path)
        host = url.hostname or ""
        self.server.note_connection(host)
        site = self.server.find(host, url.port or 80) if url.scheme == "http" else None
        if site is None or site.tls:
            self.close_connection = True
            self.respond(502, f"no such host: {host}\n".encode(), {"Connection": "close"})
            return
        path = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
        self._pass_on(host, site, path)

    def _pass_on(self, host: str, site: Site, path: str) -> None:
        self.server.note_request(HostRequest(host, self.command, path, self.noted().authorized))
        self.relay(site.backend_for(path), path=path)


def _split_authority(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]").lower(), int(port) if port.isdigit() else 443
