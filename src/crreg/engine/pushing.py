"""Pushes an image through the engine, under a tag that is set for the push."""

import contextlib
import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from crreg.engine.api import post
from crreg.engine.asking import set_name
from crreg.engine.building import login_header
from crreg.engine.error import EngineError, PushDeniedError, words
from crreg.engine.image import LocalImage, RegistryLogin
from crreg.net.retry import pauses
from crreg.printable import plain, quoted

if TYPE_CHECKING:
    from docker import APIClient

_MEGABYTE = 1_000_000
_PASSING = re.compile(
    r"\bEOF\b|connection reset|broken pipe|handshake timeout|\b50[234] (bad|service|gateway)", re.IGNORECASE
)
"""Transient errors: the engine gives up when a reused connection breaks, although a new one would work."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_MOST_LAYERS = 10_000
_LARGEST = 1 << 62
"""Bytes; no layer is larger."""
_PUSHED = re.compile(r": digest: (sha256:[0-9a-f]{64}) size: \d+$")
"""The engine's status line with the digest; with containerd's image store it is the only source."""


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
    """Push `image` as `target:tag`; `before` is the image that has that name now. Returns the digest.

    Raises:
        EngineError: the registry refuses, or no digest is reported.
    """
    set_name(api, image, target, tag)
    try:
        for seconds in pauses():
            try:
                return _push(api, target, tag, login, progress)
            except EngineError as error:
                if not _PASSING.search(error.says):
                    raise
            time.sleep(seconds)
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
        elif pushed := _PUSHED.search(str(message.get("status"))):
            digest = pushed[1]
        _report(message, layers, progress)
    if digest is None:
        raise EngineError(
            f"The Docker Engine pushed {quoted(target)} but reported no digest.",
            "Update the engine to a current version.",
        )
    return digest


def _report(
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
    detail = f'Pushing to {quoted(target)} failed: "{says.rstrip(".")}".'
    if any(
        word in lower for word in ("denied", "unauthorized", "no basic auth", "forbidden", "authentication")
    ):
        return PushDeniedError(detail, "Pass a user and password that may push there.", says)
    if "http response to https client" in lower or "x509" in lower or "certificate" in lower:
        remedy = (
            "Make the engine trust the registry: put its CA into /etc/docker/certs.d, or add the registry to "
            "insecure-registries."
        )
    else:
        remedy = "Run crreg again; layers that were pushed are not pushed again."
    return EngineError(detail, remedy, says)


def _restore(api: "APIClient", before: LocalImage | None, target: str, tag: str) -> None:
    """Give the name back to the image that had it before.

    A name that was unused stays: without it the engine forgets what it pushed, and deletes an image that has no other
    name.
    """
    if before is None:
        return
    # The push has succeeded or failed already, and its result counts.
    with contextlib.suppress(EngineError):
        set_name(api, before, target, tag)
