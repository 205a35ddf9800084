"""What a run asks of GitHub's container registry, and of Docker Hub without a login."""

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any
from urllib.parse import quote, urlencode, urljoin, urlsplit

from live.stage import PartEndedError, Stage, basic
from live.web import Answered, Asked

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_OTHERS = "github/crreg-live"
"""A name of another owner, at which nothing is."""
_WRONG = f"ghp_{'0' * 36}"


def package_name(run: str) -> str:
    """The name of the package that the run pushes."""
    return f"crreg-live-{run}-image"


def refusals(stage: Stage) -> None:
    """Ask what needs no package."""
    ghcr, own = stage.services.ghcr, {"Authorization": stage.basic}
    stage.ask("ghcr-challenge", Asked("GET", f"{ghcr}/v2/"))
    stage.ask("ghcr-head", Asked("HEAD", f"{ghcr}/v2/"))
    wrong = {"Authorization": basic(stage.person, _WRONG)}
    stage.ask("ghcr-token-wrong", Asked("GET", token_address(ghcr, _OTHERS, "pull"), wrong))
    form = {**own, "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"grant_type": "password", "service": "ghcr.io", "scope": "", "client_id": "crreg-live"})
    stage.ask("ghcr-token-post", Asked("POST", f"{ghcr}/token", form, body.encode()))
    stage.ask("ghcr-anonymous-unknown", Asked("GET", token_address(ghcr, _OTHERS, "pull")))
    others = stage.ask("ghcr-token-of-others", Asked("GET", token_address(ghcr, _OTHERS, "pull"), own))
    bearer = {"Authorization": f"Bearer {registry_token(others)}", "Accept": MANIFEST}
    stage.ask("ghcr-pull-of-others", Asked("GET", f"{ghcr}/v2/{_OTHERS}/manifests/1", bearer))
    stage.ask("ghcr-bad-name", Asked("GET", f"{ghcr}/v2/crreg-live/manifests/1", bearer))


def publish(stage: Stage, repository: str) -> None:
    """Push an image of one small layer that names the private repository as its source."""
    ghcr, package = stage.services.ghcr, package_name(stage.run)
    name = f"{stage.owner.login.lower()}/{package}"
    path = f"{stage.owner.packages}/{package}"
    absent = stage.api("package-absent", "GET", path)
    token = registry_token(
        stage.ask(
            "ghcr-token", Asked("GET", token_address(ghcr, name, "pull,push"), {"Authorization": stage.basic})
        )
    )
    bearer = {"Authorization": f"Bearer {token}"}
    layer, config = _layer(), _config(f"https://github.com/{repository}")
    _upload(stage, ("ghcr-upload", "ghcr-layer"), name, layer, bearer)
    _upload(stage, ("ghcr-upload-config", "ghcr-config"), name, config, bearer)
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(_CONFIG, config),
        "layers": [_descriptor(_LAYER, layer)],
    }
    pushed = Asked(
        "PUT",
        f"{ghcr}/v2/{name}/manifests/1",
        {**bearer, "Content-Type": MANIFEST},
        json.dumps(manifest).encode(),
    )
    thing = stage.thing("package", package)
    stage.create(thing, absent, lambda: stage.ask("ghcr-manifest", pushed))
    shown = stage.api("package", "GET", path, facts=_standing, patient=True)
    identifier = (shown.document or {}).get("id") if isinstance(shown.document, dict) else None
    stage.journal.created(thing, identifier if isinstance(identifier, int) else None)
    stage.ask("ghcr-anonymous-private", Asked("GET", token_address(ghcr, name, "pull")))
    stage.ask("ghcr-blob", Asked("GET", f"{ghcr}/v2/{name}/blobs/{_digest(layer)}", bearer))
    stage.ask("ghcr-delete", Asked("DELETE", f"{ghcr}/v2/{name}/manifests/{_digest(pushed.body)}", bearer))


def hub(stage: Stage) -> None:
    """Ask Docker Hub what anyone may."""
    for name, address in stage.services.hub.items():
        stage.ask(f"hub-{name}", Asked("GET", f"{address}/v2/"))
    query = urlencode({"service": "registry.docker.io", "scope": "repository:library/alpine:pull"})
    address = f"{stage.services.hub_tokens}/token?{query}"
    stage.ask("hub-token", Asked("GET", address))
    nobody = basic(f"crreg-live-{stage.run}", "crreg-live")
    stage.ask("hub-wrong", Asked("GET", address, {"Authorization": nobody}))


def token_address(ghcr: str, name: str, actions: str) -> str:
    """The address of a registry token for one repository."""
    return f"{ghcr}/token?{urlencode({'service': 'ghcr.io', 'scope': f'repository:{name}:{actions}'})}"


def registry_token(answered: Answered) -> str:
    """The token of an answer; raises PartEndedError if it has none."""
    document = answered.document
    token = document.get("token") if isinstance(document, dict) else None
    if not isinstance(token, str):
        raise PartEndedError("a registry token")
    return token


def _upload(stage: Stage, steps: tuple[str, str], name: str, content: bytes, bearer: dict[str, str]) -> None:
    ghcr = stage.services.ghcr
    opened = stage.ask(steps[0], Asked("POST", f"{ghcr}/v2/{name}/blobs/uploads/", bearer))
    location = urljoin(f"{ghcr}/v2/", opened.headers.get("location", ""))
    if urlsplit(location)[:2] != urlsplit(ghcr)[:2] or "location" not in opened.headers:
        # The token goes to the registry alone.
        raise PartEndedError("the address of the upload")
    joint = "&" if "?" in location else "?"
    headers = {**bearer, "Content-Type": "application/octet-stream"}
    stage.ask(steps[1], Asked("PUT", f"{location}{joint}digest={quote(_digest(content))}", headers, content))


def _standing(document: Any) -> dict[str, int | bool]:
    return {"public": document["visibility"] == "public", "linked": "repository" in document}


def _layer() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("crreg-live"))
    return gzip.compress(stream.getvalue(), mtime=0)


def _config(source: str) -> bytes:
    document = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Labels": {"org.opencontainers.image.source": source}},
        "rootfs": {"type": "layers", "diff_ids": [_digest(gzip.decompress(_layer()))]},
    }
    return json.dumps(document).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "size": len(content), "digest": _digest(content)}


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
