"""Images made of literals, put into a registry piece by piece and taken out again to be compared."""

import hashlib
import http.client
import json
import random
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.registry import Registry

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
ZSTD_LAYER = "application/vnd.oci.image.layer.v1.tar+zstd"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_EVERYTHING = f"{INDEX}, {MANIFEST}, {DOCKER_INDEX}, {DOCKER_MANIFEST}"


def digest_of(content: bytes) -> str:
    """The digest in SHA-256."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def noise(size: int, seed: int) -> bytes:
    """Bytes that do not compress, always the same ones."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Shelf:
    """A repository of a registry that lets everyone in, asked behind the front that counts."""

    registry: Registry
    repository: str

    def blob(self, content: bytes, media_type: str = LAYER, **members: object) -> dict[str, Any]:
        """Put a blob; its descriptor."""
        location = self._send("POST", "blobs/uploads/", 202)[1]["Location"]
        self._send("PUT", f"{location}&digest={digest_of(content)}", 201, content)
        return describe(content, media_type, **members)

    def large_blob(self, seed: int, mebibytes: int) -> dict[str, Any]:
        """Put a blob of noise that is never held whole; its descriptor as a layer's."""

        def pieces() -> Iterator[bytes]:
            numbers = random.Random(seed)  # noqa: S311 - no secret
            return (numbers.randbytes(1 << 20) for _ in range(mebibytes))

        state = hashlib.sha256()
        for piece in pieces():
            state.update(piece)
        digest, size = f"sha256:{state.hexdigest()}", mebibytes << 20
        location = self._send("POST", "blobs/uploads/", 202)[1]["Location"]
        connection = self._connection()
        try:
            headers = {"Content-Length": str(size)}
            connection.request("PUT", f"{location}&digest={digest}", pieces(), headers)
            assert connection.getresponse().status == 201
        finally:
            connection.close()
        return {"mediaType": LAYER, "digest": digest, "size": size}

    def manifest(self, tree: dict[str, Any], tag: str = "", **members: object) -> dict[str, Any]:
        """Put a manifest under its digest, and under the tag if there is one; its descriptor."""
        raw = json.dumps(tree).encode()
        for name in filter(None, (digest_of(raw), tag)):
            self._send("PUT", f"manifests/{name}", 201, raw, tree["mediaType"])
        return describe(raw, tree["mediaType"], **members)

    def image(self, platform: str, *layers: bytes, tag: str = "", **members: object) -> dict[str, Any]:
        """Put an OCI image for `os/architecture[/variant]`; its descriptor as an index lists it."""
        names = dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))
        config = json.dumps({**names, "config": {"Cmd": ["/none"]}, "rootfs": {"type": "layers"}}).encode()
        tree = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self.blob(config, CONFIG),
            "layers": [self.blob(layer) for layer in layers],
        }
        return self.manifest(tree, tag, platform=names, **members)

    def index(self, *entries: dict[str, Any], tag: str = "", **members: object) -> dict[str, Any]:
        """Put an OCI index over manifests that are there; its descriptor."""
        tree = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries), **members}
        return self.manifest(tree, tag)

    def delete_manifest(self, digest: str) -> None:
        """Delete one, as a clean-up job does."""
        self._send("DELETE", f"manifests/{digest}", 202)

    def raw(self, target: str) -> bytes:
        """The bytes of a manifest."""
        return self._send("GET", f"manifests/{target}", 200)[0]

    def digest(self, tag: str) -> str | None:
        """What a tag points at; None where there is no such tag."""
        status, headers = self._ask("HEAD", f"manifests/{tag}")
        return headers["Docker-Content-Digest"] if status == 200 else None

    def everything(self, target: str) -> dict[str, bytes]:
        """All manifests and blobs under a target, by their digests; what is missing is an error."""
        raw = self.raw(target)
        tree = json.loads(raw)
        found = {digest_of(raw): raw}
        for entry in tree.get("manifests", []):
            found |= self.everything(entry["digest"])
        for entry in [*([tree["config"]] if "config" in tree else []), *tree.get("layers", [])]:
            if "urls" not in entry:
                found[entry["digest"]] = self._send("GET", f"blobs/{entry['digest']}", 200)[0]
        return found

    def _ask(self, method: str, path: str) -> tuple[int, http.client.HTTPMessage]:
        connection = self._connection()
        try:
            connection.request(method, f"/v2/{self.repository}/{path}", headers={"Accept": _EVERYTHING})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.headers
        finally:
            connection.close()

    def _send(
        self, method: str, path: str, expected: int, body: bytes = b"", media_type: str = ""
    ) -> tuple[bytes, http.client.HTTPMessage]:
        where = path if path.startswith("/") else f"/v2/{self.repository}/{path}"
        headers = {"Accept": _EVERYTHING, **({"Content-Type": media_type} if media_type else {})}
        connection = self._connection()
        try:
            connection.request(method, where, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status == expected, f"{method} {where}: {answer.status} {content[:500]!r}"
        return content, answer.headers

    def _connection(self) -> http.client.HTTPConnection:
        where = urllib.parse.urlsplit(self.registry.backend)
        return http.client.HTTPConnection(where.hostname or "", where.port or 0, timeout=30)


def describe(content: bytes, media_type: str, **members: object) -> dict[str, Any]:
    """The descriptor of some bytes."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content), **members}


def empty() -> dict[str, Any]:
    """The descriptor of the empty object, which artifacts have for a configuration."""
    return describe(b"{}", "application/vnd.oci.empty.v1+json")
