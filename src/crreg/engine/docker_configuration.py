"""A configuration of the `docker` command for one build: the user's own, plus the logins that the build needs."""

import base64
import contextlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from crreg.engine.image import RegistryLogin
from crreg.engine.private_folder import private_folder

_SHARED = ("contexts", "cli-plugins")
_LARGEST = 4 << 20
_FILE = "config.json"
_PRIVATE = 0o600


@contextlib.contextmanager
def configuration(
    environment: Mapping[str, str], logins: Sequence[RegistryLogin]
) -> Iterator[dict[str, str]]:
    """Yield variables for the `docker` command that point it to a temporary configuration with the logins.

    The user's other settings still apply: logins and credential helpers for other registries, the current context,
    plugins, and the builder that buildx uses.

    Raises:
        OSError: the temporary folder can't be created.
    """
    home = environment.get("HOME") or str(Path.home())
    usual = Path(environment.get("DOCKER_CONFIG") or f"{home}/.docker")
    own = _settings(_content(usual / "config.json"))
    given = _object(_settings(environment.get("DOCKER_AUTH_CONFIG", "")).get("auths"))
    with private_folder("docker") as folder, contextlib.ExitStack() as opened:
        for name in _SHARED:
            if (usual / name).is_dir():
                (folder / name).symlink_to(usual.absolute() / name)
        content = json.dumps(_with_logins(own, given, logins)).encode()
        if not _keep_in_memory(content, folder / _FILE, opened):
            _write(content, folder / _FILE)
        # By default buildx looks for builders in the folder of the configuration.
        builders = environment.get("BUILDX_CONFIG") or str(usual.absolute() / "buildx")
        yield {**environment, "BUILDX_CONFIG": builders, "DOCKER_CONFIG": str(folder)}


def forget(variables: Mapping[str, str]) -> None:
    """Remove the logins from the disk at once, before waiting for anything."""
    with contextlib.suppress(OSError, KeyError):
        Path(variables["DOCKER_CONFIG"], _FILE).unlink()


def _keep_in_memory(content: bytes, link: Path, opened: contextlib.ExitStack) -> bool:
    """Make `link` point to the content in this process's memory; returns whether the system supports it.

    The logins are then never on a disk, and disappear with this process even if it is killed.
    Source: https://man7.org/linux/man-pages/man2/memfd_create.2.html
    """
    try:
        descriptor = os.memfd_create("crreg", os.MFD_CLOEXEC)
    except (AttributeError, OSError):
        # Only Linux supports it.
        return False
    opened.callback(os.close, descriptor)
    try:
        os.fchmod(descriptor, _PRIVATE)
        with open(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
        link.symlink_to(f"/proc/{os.getpid()}/fd/{descriptor}")
        readable = link.read_bytes() == content
    except OSError:
        readable = False
    if not readable:
        link.unlink(missing_ok=True)
    return readable


def _write(content: bytes, path: Path) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with open(file, "wb") as stream:  # noqa: PTH123 - Path.open can't set the mode
        stream.write(content)


def _with_logins(
    settings: Mapping[str, Any], given: Mapping[str, Any], logins: Sequence[RegistryLogin]
) -> dict[str, Any]:
    """Add logins to the user's settings: ours override those of DOCKER_AUTH_CONFIG, which override the file's.

    Source: https://docs.docker.com/reference/cli/docker/#environment-variables
    """
    auths, helpers = _object(settings.get("auths")), _object(settings.get("credHelpers"))
    auths.update(given)
    for login in logins:
        auths[login.key] = {"auth": base64.b64encode(f"{login.user}:{login.password}".encode()).decode()}
        # Disable the helper: otherwise docker would use it, or the user's store, instead of this file.
        helpers[login.key] = ""
    helpers.update(dict.fromkeys(given, ""))
    return {**settings, "auths": auths, "credHelpers": helpers}


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST)
    except OSError:
        return b""


def _settings(text: str | bytes) -> dict[str, Any]:
    try:
        return _object(json.loads(text))
    except (ValueError, RecursionError):
        # If it matters, the docker command reports what is wrong with the file.
        return {}


def _object(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}
