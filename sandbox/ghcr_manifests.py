"""Stores manifests in the registry behind GHCR, and reads the source repository that they name."""

import http.client
import json
import urllib.parse
from dataclasses import dataclass
from typing import Any

SOURCE = "org.opencontainers.image.source"
_MOST_CONFIG = 4 << 20
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer of the registry behind GHCR."""

    status: int
    headers: dict[str, str]
    body: bytes


def put_manifest(backend: str, repository: str, reference: str, body: bytes, media_type: str) -> Stored:
    """Put a manifest into the registry at `backend`."""
    # Assumes GHCR-LINK.
    path = f"/v2/{repository}/manifests/{urllib.parse.quote(reference, safe=':')}"
    stored = ask(backend, "PUT", path, body, {"Content-Type": media_type})
    told = ("Content-Type", "Docker-Content-Digest", "Location")
    return Stored(
        stored.status, {name: stored.headers[name] for name in told if name in stored.headers}, stored.body
    )


def source_of(backend: str, repository: str, manifest: bytes) -> str | None:
    """The annotation `org.opencontainers.image.source` of a manifest or index, or else the label of its image."""
    # Assumes GHCR-LINK.
    document = _object(manifest)
    annotated = _text(document.get("annotations"), SOURCE)
    digest = _text(document.get("config"), "digest")
    if annotated is not None or digest is None:
        return annotated
    config = ask(backend, "GET", f"/v2/{repository}/blobs/{digest}")
    if config.status != 200:
        return None
    container = _object(config.body).get("config")
    return _text(container.get("Labels"), SOURCE) if isinstance(container, dict) else None


def ask(
    backend: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Stored:
    """Send the registry at `backend` a request; of a long answer only what a configuration may have is read."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(backend).netloc, timeout=_SECONDS)
    try:
        connection.request(method, path, body or None, headers or {})
        response = connection.getresponse()
        return Stored(response.status, dict(response.getheaders()), response.read(_MOST_CONFIG))
    finally:
        connection.close()


def _object(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _text(holder: object, name: str) -> str | None:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, str) else None
