"""GHCR's front: its token endpoint and its registry, which asks GitHub at every request what the bearer may do.

Like GHCR's, the token endpoint issues a token to any client with a valid GitHub token, for any scope; a refusal
comes with the first request that is not allowed, in GHCR's words.
"""

import base64
import binascii
import json
import re
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

from sandbox import credentials
from sandbox.ghcr_manifests import ask, put_manifest, source_of
from sandbox.ghcr_storage import HOST as STORAGE_HOST
from sandbox.ghcr_storage import Storage
from sandbox.ghcr_tokens import PULL, PUSH, Grant, Tokens, repositories
from sandbox.github.package_control import Packages
from sandbox.relay import RelayHandler, read_chunks, read_exactly
from sandbox.serving import Journal, Server

HOST = "ghcr.io"
_ROUTE = re.compile(
    r"/v2/(?P<name>[^?]+)/(?P<kind>manifests|blobs/uploads|blobs|tags|referrers)(?:/(?P<reference>[^/?]*))?"
)
_MOST_MANIFEST = 4 << 20
_READS = ("GET", "HEAD")
_SHORTEST_TOKEN = 16


class Target(NamedTuple):
    """The repository and the rest of a request's path."""

    name: str
    """`owner/name`."""
    kind: str
    reference: str

    @property
    def package(self) -> tuple[str, str]:
        """Owner and name of the package."""
        owner, _, name = self.name.partition("/")
        return owner, name


class Front(Server):
    """The server; `packages` is GitHub's side, `backend` the registry that stores manifests and blobs."""

    def __init__(self, backend: str, packages: Packages, storage: Storage) -> None:
        super().__init__(_FrontHandler)
        self.backend = backend
        self.packages = packages
        self.storage = storage
        self.tokens = Tokens()
        self.journal = Journal()


class _FrontHandler(RelayHandler):
    server: Front

    def answer(self) -> None:
        # Assumes GHCR-NAMES.
        self.server.journal.add(self.noted())
        url = urllib.parse.urlsplit(self.path)
        found = _ROUTE.fullmatch(urllib.parse.unquote(url.path))
        if url.path == "/token":
            self._token(urllib.parse.parse_qs(url.query))
        elif url.path in ("/v2", "/v2/"):
            self._ping()
        elif found is None or "/" not in found["name"]:
            self._drain()
            self._refuse(404, "NAME_INVALID", "invalid repository name")
        else:
            self._registry(Target(found["name"], found["kind"], found["reference"] or ""))

    def _token(self, query: Mapping[str, list[str]]) -> None:
        # Assumes GHCR-TOKEN-ANY, GHCR-TOKEN-WRONG, GHCR-TOKEN-POST.
        if self.command != "GET":
            self._drain()
            self._refuse(405, "UNSUPPORTED", "The operation is unsupported.")
            return
        scopes = [scope for value in query.get("scope", []) for scope in value.split(" ") if scope]
        header = self.headers["Authorization"]
        password = _basic_password(header) if header is not None else None
        if header is not None and (password is None or not self.server.packages.knows(password)):
            self._refuse(403, "DENIED", "denied")
            return
        if password is None and not self._anonymous(scopes):
            return
        body = {"token": self.server.tokens.issue(password, scopes)}
        self.respond(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _anonymous(self, scopes: list[str]) -> bool:
        """Whether no token may be issued for these; if so, the refusal is sent."""
        # Assumes GHCR-ANONYMOUS.
        names = repositories(scopes)
        for name in names:
            rights = self.server.packages.rights(None, *Target(name, "", "").package)
            if not rights.exists:
                self._refuse(403, "DENIED", "requested access to the resource is denied")
                return False
            if rights.pull is not None:
                self._refuse(401, "UNAUTHORIZED", "authentication required")
                return False
        if not names:
            self._refuse(401, "UNAUTHORIZED", "authentication required")
        return bool(names)

    def _ping(self) -> None:
        # Assumes GHCR-HEAD.
        if self.command == "HEAD":
            # People have seen this with `curl -I` at ghcr.io; the distribution specification has only GET (end-1):
            # https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
            self._refuse(405, "UNSUPPORTED", "The operation is unsupported.")
            return
        grant = self._grant()
        if grant is None:
            self._challenge("repository:user/image:pull")
        else:
            self.respond(200, b"{}", {"Content-Type": "application/json"})

    def _registry(self, target: Target) -> None:
        """Answer a request about a package if the bearer has access."""
        # Assumes GHCR-ACCESS, GHCR-WORDS, U8.
        action = PULL if self.command in _READS and target.kind != "blobs/uploads" else PUSH
        scope = f"repository:{target.name}:{'pull' if action == PULL else 'pull,push'}"
        grant = self._grant()
        if grant is None or not grant.allows(target.name, action):
            self._drain()
            self._challenge(scope, error=self.headers["Authorization"] is not None)
            return
        rights = self.server.packages.rights(grant.password, *target.package)
        if not rights.known:
            self._drain()
            self._challenge(scope, error=True)
        elif action == PUSH and grant.password is None:
            self._drain()
            text = "unauthenticated: User cannot be authenticated with the token provided."
            self._refuse(401, "UNAUTHORIZED", text)
        elif action == PUSH and rights.push is not None:
            self._drain()
            self._refuse(403, "DENIED", rights.push)
        elif action == PULL and rights.pull is not None:
            self._refuse(403, "DENIED", rights.pull)
        elif action == PULL and not rights.exists and rights.push is not None:
            self._refuse(404, "NAME_UNKNOWN", "repository name not known to registry")
        else:
            self._allowed(target, grant)

    def _allowed(self, target: Target, grant: Grant) -> None:
        # Assumes GHCR-DELETE.
        if self.command == "DELETE":
            # Uploads expire by themselves, and packages are deleted elsewhere.
            self._refuse(405, "UNSUPPORTED", "The operation is unsupported.")
        elif target.kind == "manifests" and self.command == "PUT":
            self._put_manifest(target, grant)
        elif target.kind == "blobs" and self.command == "GET":
            self._redirect(target)
        elif target.kind == "blobs/uploads" and self.command == "POST":
            self.relay(self.server.backend, path=self._opening(grant))
        else:
            self.relay(self.server.backend)

    def _put_manifest(self, target: Target, grant: Grant) -> None:
        """Store a manifest and notify GitHub: the first manifest creates the package."""
        # Assumes GHCR-MANIFEST-SIZE.
        body = self._body(_MOST_MANIFEST)
        if body is None:
            self.close_connection = True
            self._refuse(413, "MANIFEST_INVALID", "manifest exceeds the maximum size")
            return
        stored = put_manifest(
            self.server.backend, target.name, target.reference, body, self.headers.get("Content-Type", "")
        )
        if stored.status == 201:
            assert grant.password is not None
            self.server.packages.publish(
                grant.password,
                *target.package,
                digest=stored.headers["Docker-Content-Digest"],
                tag=None if ":" in target.reference else target.reference,
                source=source_of(self.server.backend, target.name, body),
            )
        self.respond(stored.status, stored.body, stored.headers)

    def _redirect(self, target: Target) -> None:
        """Redirect the client to the storage for an existing blob."""
        # Assumes GHCR-BLOBS.
        if ask(self.server.backend, "HEAD", self.path).status != 200:
            self.relay(self.server.backend)
            return
        here = self.headers.get("Host", self.server.address)
        origin = f"https://{STORAGE_HOST}" if here == HOST else self.server.storage.url
        address = self.server.storage.sign(origin, target.name, target.reference)
        self.respond(307, b"", {"Location": address})

    def _opening(self, grant: Grant) -> str:
        """The path that opens an upload; a blob is mounted only from a repository that the bearer may pull from."""
        # Assumes GHCR-MOUNT.
        url = urllib.parse.urlsplit(self.path)
        source = urllib.parse.parse_qs(url.query).get("from", [""])[0]
        if not source:
            return self.path
        rights = self.server.packages.rights(grant.password, *Target(source, "", "").package)
        may = grant.allows(source, PULL) and rights.exists and rights.pull is None
        return self.path if may else url.path

    def _grant(self) -> Grant | None:
        scheme, _, token = (self.headers["Authorization"] or "").partition(" ")
        return self.server.tokens.find(token.strip()) if scheme.lower() == "bearer" else None

    def _challenge(self, scope: str, *, error: bool = False) -> None:
        # Assumes GHCR-CHALLENGE.
        secured = self.secured or self.headers.get("X-Forwarded-Proto") == "https"
        origin = f"{'https' if secured else 'http'}://{self.headers.get('Host', self.server.address)}"
        parameters = f'realm="{origin}/token",service="{HOST}",scope="{scope}"'
        more = ',error="invalid_token"' if error else ""
        self._refuse(
            401, "UNAUTHORIZED", "authentication required", {"WWW-Authenticate": f"Bearer {parameters}{more}"}
        )

    def _refuse(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.respond(status, body, {"Content-Type": "application/json", **(headers or {})})

    def _drain(self) -> None:
        """Read what the client sends, so that it can read the answer."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            for _ in read_chunks(self.rfile):
                continue
        else:
            for _ in read_exactly(self.rfile, int(self.headers.get("Content-Length", 0))):
                continue

    def _body(self, most: int) -> bytes | None:
        """The whole body; None if it is longer than that."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            chunks = read_chunks(self.rfile)
        else:
            chunks = read_exactly(self.rfile, int(self.headers.get("Content-Length", 0)))
        read = bytearray()
        for chunk in chunks:
            read += chunk
            if len(read) > most:
                return None
        return bytes(read)


def _basic_password(header: str) -> str | None:
    """The password of a Basic header, registered as a secret of this run; like GHCR, ignore the user."""
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    if scheme.lower() != "basic" or not password:
        return None
    # A plain word as a wrong password is not registered as a secret: it would be found everywhere.
    return credentials.register(password, user=user) if len(password) >= _SHORTEST_TOKEN else password
