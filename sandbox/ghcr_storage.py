"""GHCR's blob storage: a separate origin with signed addresses, to which no client may send an Authorization header."""

import re
import secrets
import threading
import urllib.parse

from sandbox.relay import RelayHandler
from sandbox.serving import Journal, Server

HOST = "pkg-containers.githubusercontent.com"
_BLOB = re.compile(r"/ghcr1/blobs/(sha256:[0-9a-f]{64})")


class Storage(Server):
    """Serves blobs of the registry behind it to clients with a signed address."""

    def __init__(self, backend: str) -> None:
        super().__init__(_StorageHandler)
        self.backend = backend
        self.journal = Journal()
        self._lock = threading.Lock()
        self._signed: dict[str, str] = {}
        """Path at the registry by signature."""
        self._violations: list[str] = []

    @property
    def address(self) -> str:
        """Another host than the registry's, since newer Go clients treat another port as the same host."""
        return f"localhost:{self.port}"

    def sign(self, origin: str, repository: str, digest: str) -> str:
        """The signed address of a blob at `origin`, the address by which the client reaches this server."""
        signature = secrets.token_urlsafe(16)
        with self._lock:
            self._signed[signature] = f"/v2/{repository}/blobs/{digest}"
        return f"{origin}/ghcr1/blobs/{digest}?sp=r&sig={signature}"

    def path_of(self, signature: str, digest: str) -> str | None:
        """The path at the registry that was signed; None if it was not, or for another blob."""
        with self._lock:
            path = self._signed.get(signature)
        return path if path is not None and path.endswith(digest) else None

    @property
    def violations(self) -> list[str]:
        """The requests that carried a credential."""
        with self._lock:
            return list(self._violations)

    def take_violations(self) -> list[str]:
        """Return the violations and forget them."""
        with self._lock:
            taken, self._violations = self._violations, []
        return taken

    def accuse(self, violation: str) -> None:
        """Record what a client did wrong."""
        with self._lock:
            self._violations.append(violation)


class _StorageHandler(RelayHandler):
    server: Storage

    def answer(self) -> None:
        # Assumes GHCR-BLOBS.
        self.server.journal.add(self.noted())
        url = urllib.parse.urlsplit(self.path)
        if self.headers["Authorization"] is not None:
            self.server.accuse(f"{self.command} {url.path} came to the storage with an Authorization header")
            self._refuse(400, "InvalidAuthenticationInfo")
            return
        blob = _BLOB.fullmatch(url.path)
        signature = urllib.parse.parse_qs(url.query).get("sig", [""])[0]
        path = self.server.path_of(signature, blob[1]) if blob else None
        if self.command not in ("GET", "HEAD"):
            self.close_connection = True
            self._refuse(405, "UnsupportedHttpVerb")
        elif path is None:
            self._refuse(403, "AuthenticationFailed")
        else:
            self.relay(self.server.backend, path=path)

    def _refuse(self, status: int, code: str) -> None:
        body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code></Error>'
        self.respond(status, body.encode(), {"Content-Type": "application/xml"})
