"""A configuration of the `docker` command for one build: the person's own, with the logins that the build needs."""

import base64
import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crreg.engine.bases import host_of
from crreg.engine.image import RegistryLogin

_HUB = "docker.io"
_HUB_KEY = "https://index.docker.io/v1/"
_SHARED = ("contexts", "cli-plugins")
_LARGEST = 4 << 20


@contextlib.contextmanager
def configuration(
    environment: Mapping[str, str], logins: Sequence[RegistryLogin]
) -> Iterator[dict[str, str]]:
    """Variables for the `docker` command, whose configuration has the logins and is removed whatever happens.

    What else the person has stays in force: logins and credential helpers for other registries, the current context,
    plugins, and the builder that buildx uses.
    """
    home = environment.get("HOME") or str(Path.home())
    usual = Path(environment.get("DOCKER_CONFIG") or f"{home}/.docker")
    # mkdtemp lets nobody else in.
    with tempfile.TemporaryDirectory(prefix="crreg-docker-") as folder:
        for name in _SHARED:
            if (usual / name).is_dir():
                (Path(folder) / name).symlink_to(usual.absolute() / name)
        file = os.open(Path(folder) / "config.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w", encoding="utf-8") as stream:  # noqa: PTH123 - its mode was set as it was opened
            json.dump(_with_logins(_settings(usual / "config.json"), logins), stream)
        # Builders are found beside the configuration unless they are named.
        builders = environment.get("BUILDX_CONFIG") or str(usual.absolute() / "buildx")
        yield {**environment, "BUILDX_CONFIG": builders, "DOCKER_CONFIG": folder}


def _with_logins(settings: Mapping[str, Any], logins: Sequence[RegistryLogin]) -> dict[str, Any]:
    auths, helpers = _object(settings.get("auths")), _object(settings.get("credHelpers"))
    for login in logins:
        host = host_of(login.server)
        server = _HUB_KEY if host == _HUB else host
        auths[server] = {"auth": base64.b64encode(f"{login.user}:{login.password}".encode()).decode()}
        # No helper for this one: docker would ask that, or the person's store, and not this file.
        helpers[server] = ""
    return {**settings, "auths": auths, "credHelpers": helpers}


def _settings(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return _object(json.loads(stream.read(_LARGEST)))
    except (OSError, ValueError, RecursionError):
        # The docker command says what is wrong with it, where that matters.
        return {}


def _object(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
