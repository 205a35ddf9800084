"""The token server of a registry: signs real JWTs, honors scopes, and behaves like Docker Hub, GHCR or Azure."""

import base64
import binascii
import enum
import json
import secrets
import ssl
import threading
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from sandbox import credentials
from sandbox.authority import Authority
from sandbox.credentials import Credential
from sandbox.relay import read_exactly
from sandbox.serving import Handler, Journal, Server

AZURE_TOKEN_USER = "00000000-0000-0000-0000-000000000000"
"""The user name that Azure expects with a refresh token."""
_LIFETIME_SECONDS = 300
_MOST_FORM = 1 << 16


class Flavor(enum.Enum):
    """The service whose behavior the server copies."""

    DOCKER_HUB = enum.auto()
    """`token` and `access_token`; 401 for a wrong password; refresh tokens by POST."""
    GHCR = enum.auto()
    """Only `token`; 403 DENIED for a wrong password; no POST."""
    AZURE = enum.auto()
    """Only `access_token`; 401 for a wrong password; refresh tokens by POST, and as a password."""
    IDENTITY = enum.auto()
    """Like Docker Hub, and a refresh token for a request with offline_token, which `docker login` then stores."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the registry and its permissions."""

    credential: Credential
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Actions (`pull`, `push`) by repository; `*` means all repositories."""

    def actions(self, repository: str) -> frozenset[str]:
        """The actions that it may do with that repository."""
        return self.grants.get(repository, frozenset()) | self.grants.get("*", frozenset())


class _Refusal(Exception):  # noqa: N818 - an answer of the server, no fault of it
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class TokenServer(Server):
    """Answers GET and POST at every path; `service` and `issuer` are those of the registry's configuration."""

    def __init__(
        self,
        authority: Authority,
        *,
        service: str,
        flavor: Flavor = Flavor.DOCKER_HUB,
        accounts: Iterable[Account] = (),
        public: Iterable[str] = (),
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(_TokenHandler, tls=tls)
        self.service = service
        self.issuer = f"{service} token server"
        self.flavor = flavor
        self.accounts = {account.credential.user: account for account in accounts}
        self.public = frozenset(public)
        self.journal = Journal()
        leaf = authority.leaf(f"signer.{service.partition(':')[0]}", signing=True)
        certificate = x509.load_pem_x509_certificate(leaf.certificate.read_bytes())
        self._chain = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]
        # Read once, since reading and checking an RSA key takes as long as forty signatures.
        key = load_pem_private_key(leaf.key.read_bytes(), password=None)
        assert isinstance(key, rsa.RSAPrivateKey)
        self._key = key
        self._lock = threading.Lock()
        self._refresh_tokens: dict[str, str] = {}
        """User by refresh token."""

    def refresh_token(self, user: str) -> str:
        """Issue a refresh token (Docker calls it an identity token) for that user."""
        token = credentials.register(f"rt-{secrets.token_urlsafe(24)}", user=AZURE_TOKEN_USER)
        with self._lock:
            self._refresh_tokens[token] = user
        return token

    def access_token(self, user: str, scopes: Iterable[str]) -> str:
        """Sign a token for those requested scopes that `user` (empty: anonymous) may have."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": user,
            "aud": self.service,
            "exp": now + _LIFETIME_SECONDS,
            # The clocks of containers and hosts may differ by seconds.
            "nbf": now - 10,
            "iat": now,
            "jti": secrets.token_hex(8),
            "access": [access for scope in scopes if (access := self._granted(user, scope))],
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"x5c": self._chain})

    def authorization(self, user: str, repository: str) -> str:
        """The Authorization header with all rights of `user` for a repository."""
        return f"Bearer {self.access_token(user, [f'repository:{repository}:pull,push'])}"

    def _granted(self, user: str, scope: str) -> dict[str, Any] | None:
        # A repository may contain a colon before a port, so split at the first and at the last colon.
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind != "repository" or not name:
            return None
        account = self.accounts.get(user)
        allowed = account.actions(name) if account else frozenset()
        if name in self.public:
            allowed |= {"pull"}
        granted = [action for action in actions.split(",") if action in allowed]
        return {"type": kind, "name": name, "actions": granted} if granted else None

    def who(self, user: str, password: str) -> str:
        """The user with this password; raises this flavor's refusal if there is none."""
        # Assumes AZURE-REFRESH.
        account = self.accounts.get(user)
        if account is not None and secrets.compare_digest(
            account.credential.password.encode(), password.encode()
        ):
            return user
        if self.flavor is Flavor.AZURE and user == AZURE_TOKEN_USER:
            return self.who_refreshes(password)
        raise _wrong_credentials(self.flavor)

    def who_refreshes(self, token: str) -> str:
        """The user that a refresh token was issued to."""
        # Assumes HUB-REFRESH.
        with self._lock:
            user = self._refresh_tokens.get(token)
        if user is None:
            raise _wrong_credentials(self.flavor)
        return user


class _TokenHandler(Handler):
    server: TokenServer

    def answer(self) -> None:
        # Assumes REGISTRY-SCOPES.
        self.server.journal.add(self.noted())
        try:
            if self.command == "POST":
                status, body = 200, self._exchange()
            elif self.command == "GET":
                status, body = 200, self._issue()
            else:
                status, body = 405, _errors("UNSUPPORTED", "the operation is unsupported")
        except _Refusal as refusal:
            status, body = refusal.status, refusal.body
        self.respond(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _issue(self) -> dict[str, Any]:
        """Answer GET: the token specification of the distribution project."""
        # Assumes REGISTRY-SCOPES, GHCR-ANONYMOUS.
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self._check_service(query)
        user = self._basic_user()
        scopes = _scopes(query)
        if not user and self.server.flavor is Flavor.GHCR and not self._all_public(scopes):
            raise _Refusal(401, _errors("UNAUTHORIZED", "authentication required"))
        token = self.server.access_token(user, scopes)
        body = self._tokens(token)
        if self.server.flavor is Flavor.IDENTITY and user and query.get("offline_token") == ["true"]:
            body["refresh_token"] = self.server.refresh_token(user)
        return body

    def _exchange(self) -> dict[str, Any]:
        """Answer POST: the OAuth2 form of a token request."""
        # Assumes HUB-REFRESH, GHCR-TOKEN-POST.
        length = int(self.headers.get("Content-Length", 0))
        if length > _MOST_FORM:
            self.close_connection = True
            raise _Refusal(413, _errors("UNSUPPORTED", "too large"))
        form = urllib.parse.parse_qs(b"".join(read_exactly(self.rfile, length)).decode())
        if self.server.flavor is Flavor.GHCR:
            raise _Refusal(405, _errors("UNSUPPORTED", "the operation is unsupported"))
        self._check_service(form)
        grant = _one(form, "grant_type")
        if grant == "refresh_token":
            refresh = _one(form, "refresh_token")
            user = self.server.who_refreshes(refresh)
        elif grant == "password":
            user = self.server.who(_one(form, "username"), _one(form, "password"))
            refresh = self.server.refresh_token(user) if _one(form, "access_type") == "offline" else ""
        else:
            raise _Refusal(400, _errors("UNSUPPORTED", "grant_type is not supported"))
        token = self.server.access_token(user, _scopes(form))
        body = {"access_token": token, "expires_in": _LIFETIME_SECONDS, "scope": " ".join(_scopes(form))}
        return {**body, "refresh_token": refresh} if refresh else body

    def _tokens(self, token: str) -> dict[str, Any]:
        # Assumes HUB-TOKEN, AZURE-TOKEN.
        match self.server.flavor:
            case Flavor.GHCR:
                return {"token": token}
            case Flavor.AZURE:
                return {"access_token": token}
            case _:
                return {"token": token, "access_token": token, "expires_in": _LIFETIME_SECONDS}

    def _basic_user(self) -> str:
        """The user that the Authorization header authenticates; empty without one."""
        # Assumes HUB-WRONG.
        header = self.headers["Authorization"]
        if header is None:
            return ""
        scheme, _, encoded = header.partition(" ")
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise _wrong_credentials(self.server.flavor) from None
        if scheme.lower() != "basic":
            raise _wrong_credentials(self.server.flavor)
        return self.server.who(user, password)

    def _check_service(self, values: Mapping[str, list[str]]) -> None:
        # Assumes REGISTRY-SCOPES.
        if _one(values, "service") != self.server.service:
            raise _Refusal(400, _errors("UNSUPPORTED", "service is not known here"))

    def _all_public(self, scopes: Iterable[str]) -> bool:
        names = {scope.partition(":")[2].rpartition(":")[0] for scope in scopes}
        return bool(names) and names <= self.server.public


def _wrong_credentials(flavor: Flavor) -> _Refusal:
    # Assumes HUB-WRONG, GHCR-TOKEN-WRONG.
    if flavor is Flavor.GHCR:
        return _Refusal(403, _errors("DENIED", "denied"))
    if flavor is Flavor.AZURE:
        message = "authentication required, visit https://aka.ms/acr/authorization for more information."
        return _Refusal(401, _errors("UNAUTHORIZED", message))
    return _Refusal(401, {"details": "incorrect username or password"})


def _scopes(values: Mapping[str, list[str]]) -> list[str]:
    return [scope for value in values.get("scope", []) for scope in value.split(" ") if scope]


def _one(values: Mapping[str, list[str]], name: str) -> str:
    return values.get(name, [""])[0]


def _errors(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message}]}
