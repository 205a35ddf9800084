"""Pushing an image by the engine, under a tag that is set for it."""

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from crreg.engine.api import post
from crreg.engine.asking import set_name
from crreg.engine.building import login_header
from crreg.engine.error import EngineError, words
from crreg.engine.image import LocalImage, RegistryLogin
from crreg.text import plain, quoted

if TYPE_CHECKING:
    from docker import APIClient

_MEGABYTE = 1_000_000
_RETRIES = 2
_PASSING = re.compile(
    r"\bEOF\b|connection reset|broken pipe|handshake timeout|\b50[234] (bad|service|gateway)", re.IGNORECASE
)
"""What the engine, which keeps connections, gives up for although the registry would answer a new one."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_LAYERS = 10_000
_LARGEST = 1 << 62
"""Bytes; a larger number is not one of a layer."""
_PUSHED = re.compile(r": digest: (sha256:[0-9a-f]{64}) size: \d+$")
"""How an engine tells it in words; with containerd's image store in no other way."""


def push(
    api: "APIClient",
    image: LocalImage,
    before: LocalImage | None,
    target: str,
    tag: str,
    *,
    login: RegistryLogin | None,
    progress: Callable[[str], None],
) -> str:
    """Push `image` as `target:tag`; `before` is what the engine has under that name now.

    Raises:
        EngineError: the registry refuses, or tells no digest.
    """
    set_name(api, image, target, tag)
    try:
        for _ in range(_RETRIES):
            try:
                return _push(api, target, tag, login, progress)
            except EngineError as error:
                if not _PASSING.search(error.says):
                    raise
        return _push(api, target, tag, login, progress)
    finally:
        _restore(api, before, target, tag)


def _push(
    api: "APIClient", target: str, tag: str, login: RegistryLogin | None, progress: Callable[[str], None]
) -> str:
    digest: str | None = None
    layers: dict[str, tuple[int, int]] = {}
    for message in post(api, f"/images/{target}/push", params={"tag": tag}, headers=login_header(login)):
        if isinstance(message.get("error"), str):
            raise _refused(target, message["error"])
        aux = message.get("aux")
        if isinstance(aux, dict) and _DIGEST.fullmatch(str(aux.get("Digest"))):
            digest = aux["Digest"]
        elif told := _PUSHED.search(str(message.get("status"))):
            digest = told[1]
        _tell(message, layers, progress)
    if digest is None:
        raise EngineError(
            f"The Docker Engine pushed {quoted(target)} and told no digest.",
            "Update the engine to a current version.",
        )
    return digest


def _tell(
    message: Mapping[str, Any], layers: dict[str, tuple[int, int]], progress: Callable[[str], None]
) -> None:
    detail, layer = message.get("progressDetail"), message.get("id")
    if not isinstance(detail, dict) or not isinstance(layer, str):
        return
    done, total = detail.get("current"), detail.get("total")
    if isinstance(done, int) and isinstance(total, int):
        done, total = min(done, _LARGEST), min(total, _LARGEST)
        if len(layers) >= _MOST_LAYERS and layer not in layers:
            return
        layers[layer] = (min(done, total), total)
        sent, whole = (sum(numbers) // _MEGABYTE for numbers in zip(*layers.values(), strict=True))
        progress(f"{sent} of {whole} MB")
    elif isinstance(message.get("status"), str):
        progress(plain(f"{layer} {message['status']}"))


def _refused(target: str, says: str) -> EngineError:
    says, lower = words(says), says.lower()
    if any(
        word in lower for word in ("denied", "unauthorized", "no basic auth", "forbidden", "authentication")
    ):
        remedy = (
            "Give a user and password that may push there: on GHCR a token with write:packages, or the workflow's own "
            "with `packages: write`, which the package must name under Manage Actions access."
        )
    elif "http response to https client" in lower or "x509" in lower or "certificate" in lower:
        remedy = (
            "Let the engine trust the registry: its authority in /etc/docker/certs.d, or insecure-registries."
        )
    else:
        remedy = "Run crreg again; what was pushed is not pushed again."
    return EngineError(f'Pushing to {quoted(target)} failed: "{says.rstrip(".")}".', remedy, says)


def _restore(api: "APIClient", before: LocalImage | None, target: str, tag: str) -> None:
    """Let a name that stood for another image stand for that again.

    A name that was free stays: the engine forgets with it what it pushed, and removes an image with its last name.
    """
    if before is None:
        return
    # The push is what counts.
    with contextlib.suppress(EngineError):
        set_name(api, before, target, tag)
