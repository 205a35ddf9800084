"""A bare HTTP client that sends only what a test specifies."""

import base64
import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from nacl.public import PublicKey, SealedBox

PATIENCE = 30
"""Seconds to wait for an answer."""


@dataclass(frozen=True)
class RawAnswer:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """Decoded JSON; None if there was no body."""


@dataclass(frozen=True)
class RawClient:
    """One token's requests to one server."""

    url: str
    token: str | None = None
    headers: tuple[tuple[str, str], ...] = (("User-Agent", "raw"), ("Accept", "application/vnd.github+json"))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> RawAnswer:
        """Send a request; a header's name is written with underscores."""
        address = urlsplit(self.url)
        sent = dict(self.headers) | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection(address.netloc, timeout=PATIENCE)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, address.path + path, content, sent)
            response = connection.getresponse()
            content = response.read().decode()
        finally:
            connection.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return RawAnswer(response.status, found, json.loads(content) if content else None)

    def sealed(self, secrets: str, value: bytes) -> dict[str, str]:
        """The body that stores a value in the secrets at a path, sealed under their public key."""
        key = self("GET", f"{secrets}/public-key").body
        box = SealedBox(PublicKey(base64.b64decode(key["key"])))
        return {
            "encrypted_value": base64.b64encode(box.encrypt(value)).decode(),
            "key_id": key["key_id"],
        }
