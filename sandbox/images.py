"""Pushes tiny valid images into a registry without an engine."""

import gzip
import hashlib
import http.client
import io
import json
import tarfile
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_MANIFEST_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_CONFIG = "application/vnd.docker.container.image.v1+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_FEATURE = "application/vnd.devcontainers"
_PLATFORMS = ("amd64", "arm64")


class PushError(RuntimeError):
    """A registry refused a part of an image."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """An image in a registry."""

    repository: str
    tag: str
    digest: str
    """The digest that the tag points to: the manifest's or the index's."""
    size: int
    """The bytes of that manifest or index."""


class Pusher:
    """Pushes images into the registry at `url`; `authorization` is the header to send, if any."""

    def __init__(self, url: str, *, authorization: str | None = None) -> None:
        where = urllib.parse.urlsplit(url)
        self._address = (where.hostname or "127.0.0.1", where.port or 80)
        self._headers = {"Authorization": authorization} if authorization else {}

    def push(self, repository: str, tag: str = "latest", *, labels: dict[str, str] | None = None) -> Pushed:
        """Push an image for linux/amd64 with one layer of one file."""
        manifest = self._push_parts(repository, "amd64", labels or {})
        return self._put_manifest(repository, tag, _MANIFEST, manifest)

    def push_index(self, repository: str, tag: str = "latest") -> Pushed:
        """Push an index over an image for linux/amd64 and one for linux/arm64."""
        manifests = []
        for architecture in _PLATFORMS:
            content = self._push_parts(repository, architecture, {})
            pushed = self._put_manifest(repository, _digest(content), _MANIFEST, content)
            manifests.append(
                {
                    "mediaType": _MANIFEST,
                    "digest": pushed.digest,
                    "size": pushed.size,
                    "platform": {"architecture": architecture, "os": "linux"},
                }
            )
        index = {"schemaVersion": 2, "mediaType": _MANIFEST_LIST, "manifests": manifests}
        return self._put_manifest(repository, tag, _MANIFEST_LIST, _json(index))

    def push_feature(self, repository: str, tag: str, metadata: Mapping[str, Any]) -> Pushed:
        """Push a dev container feature with its metadata in the manifest, as the dev containers CLI publishes it.

        Source: https://containers.dev/implementors/features-distribution/
        """
        archive, config = _layer(json.dumps(metadata), "devcontainer-feature.json"), b"{}"
        for blob in (archive, config):
            self._put_blob(repository, blob)
        manifest = {
            "schemaVersion": 2,
            "mediaType": _OCI_MANIFEST,
            "config": {"mediaType": _FEATURE, "size": len(config), "digest": _digest(config)},
            "layers": [
                {"mediaType": f"{_FEATURE}.layer.v1+tar", "size": len(archive), "digest": _digest(archive)}
            ],
            "annotations": {"dev.containers.metadata": json.dumps(metadata)},
        }
        return self._put_manifest(repository, tag, _OCI_MANIFEST, _json(manifest))

    def _push_parts(self, repository: str, architecture: str, labels: dict[str, str]) -> bytes:
        layer = _layer(f"{repository} for {architecture}\n")
        compressed = gzip.compress(layer, mtime=0)
        config = _json(
            {
                "architecture": architecture,
                "os": "linux",
                "config": {"Cmd": ["/none"], "Labels": labels},
                "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
                "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "crreg sandbox"}],
            }
        )
        for blob in (compressed, config):
            self._put_blob(repository, blob)
        return _json(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": {"mediaType": _CONFIG, "size": len(config), "digest": _digest(config)},
                "layers": [{"mediaType": _LAYER, "size": len(compressed), "digest": _digest(compressed)}],
            }
        )

    def _put_blob(self, repository: str, content: bytes) -> None:
        location = self._send("POST", f"/v2/{repository}/blobs/uploads/", 202)["Location"]
        joint = "&" if "?" in location else "?"
        target = f"{location}{joint}digest={urllib.parse.quote(_digest(content))}"
        self._send("PUT", target, 201, content, "application/octet-stream")

    def _put_manifest(self, repository: str, reference: str, media_type: str, content: bytes) -> Pushed:
        self._send("PUT", f"/v2/{repository}/manifests/{reference}", 201, content, media_type)
        return Pushed(repository, reference, _digest(content), len(content))

    def _send(
        self,
        method: str,
        target: str,
        expected: int,
        body: bytes = b"",
        media_type: str | None = None,
    ) -> http.client.HTTPMessage:
        where = urllib.parse.urlsplit(target)
        path = urllib.parse.urlunsplit(("", "", where.path, where.query, ""))
        headers = {**self._headers, **({"Content-Type": media_type} if media_type else {})}
        connection = http.client.HTTPConnection(*self._address, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status != expected:
            raise PushError(f"{method} {where.path}: {response.status} {answer[:500]!r}")
        return response.headers


def _layer(text: str, name: str = "image.txt") -> bytes:
    stream = io.BytesIO()
    content = text.encode()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
