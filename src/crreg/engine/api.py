"""Connects to a Docker Engine and reads its answers as streams of messages; failures become `EngineError`."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crreg.engine.error import EngineError, words
from crreg.printable import quoted

if TYPE_CHECKING:
    from docker import APIClient
    from requests import Response

_SECONDS = 60
_DEFAULT = "unix:///var/run/docker.sock"
_LONGEST_MESSAGE = 4 << 20
_CHUNK = 64 * 1024
_BAD = 400
_START = (
    "Start the Docker Engine, or set DOCKER_HOST to a running one. GitHub's Linux runners have one; a job in a "
    "container needs /var/run/docker.sock mounted into it, and macOS runners have none."
)


def connect(environment: Mapping[str, str]) -> "APIClient":
    """Connect to the engine that DOCKER_HOST names, with TLS according to DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.

    Without DOCKER_HOST, use the engine of the `docker` command's current context.

    Raises:
        EngineError: no engine answers there, this user has no permission to use it, or it is too old.
    """
    from docker import APIClient
    from docker.errors import DockerException
    from docker.utils import kwargs_from_env

    host = _DEFAULT
    try:
        arguments: dict[str, Any] = {**kwargs_from_env(environment=dict(environment))}
        if "base_url" not in arguments:
            arguments.update(_current_context(environment))
        host = str(arguments.get("base_url") or _DEFAULT)
        return APIClient(host, tls=arguments.get("tls") or False, version="auto", timeout=_SECONDS)
    except (DockerException, OSError, ValueError) as error:
        failure = _unreachable(environment.get("DOCKER_HOST") or host, error)
    # Not chained to the library's error, which would keep its socket open as long as ours exists.
    raise failure


def _current_context(environment: Mapping[str, str]) -> dict[str, Any]:
    from docker.context import ContextAPI

    name = environment.get("DOCKER_CONTEXT") or None
    context = ContextAPI.get_context(name) if name else ContextAPI.get_current_context()
    if context is None or not context.Host:
        return {}
    return (
        {"base_url": context.Host, "tls": context.TLSConfig}
        if context.TLSConfig
        else {"base_url": context.Host}
    )


def _unreachable(host: str, error: Exception) -> EngineError:
    from docker.errors import InvalidVersion, TLSParameterError

    at, says = quoted(host), words(str(error))
    if isinstance(error, TLSParameterError):
        return EngineError(
            f"The certificates for the Docker Engine at {at} can't be used.",
            "Set DOCKER_CERT_PATH to a folder with ca.pem, cert.pem and key.pem.",
            says,
        )
    if isinstance(error, InvalidVersion):
        return EngineError(
            f"The Docker Engine at {at} is too old.", "Update it to version 20.10 or later.", says
        )
    if "Permission denied" in says or "PermissionError" in says:
        return EngineError(
            f"This user can't use the Docker Engine at {at}: permission denied on its socket.",
            "Run crreg as a user of the group docker, or as root.",
            says,
        )
    if "Invalid" in says or "bind address" in says.lower() or isinstance(error, ValueError):
        return EngineError(
            f"DOCKER_HOST is {at}, which is not the address of a Docker Engine.",
            "Set it to an address such as unix:///var/run/docker.sock or tcp://host:2376, or unset it to use the "
            "default.",
            says,
        )
    return EngineError(f"No Docker Engine answers at {at}.", _START, says)


def post(
    api: "APIClient",
    path: str,
    *,
    params: Mapping[str, Any],
    headers: Mapping[str, str],
    data: Iterator[bytes] | None = None,
) -> Iterator[dict[str, Any]]:
    """Send a long-running request and yield the engine's messages as they arrive, without a read timeout.

    Raises:
        EngineError: the engine refuses, or the connection ends.
    """
    from requests.exceptions import RequestException
    from urllib3.exceptions import HTTPError

    try:
        with api.post(
            f"{api.base_url}/v{api.api_version}{path}",
            params={name: value for name, value in params.items() if value is not None},
            headers=dict(headers),
            data=data,
            stream=True,
            timeout=(_SECONDS, None),
        ) as response:
            if response.status_code >= _BAD:
                raise _refused(response)
            yield from _messages(response)
    except (RequestException, HTTPError, OSError) as error:
        raise lost(error) from error


def lost(error: Exception) -> EngineError:
    """Return the error of a lost connection to the engine."""
    says = words(str(error))
    return EngineError(f"The Docker Engine stopped answering ({says}).", _START, says)


def _refused(response: "Response") -> EngineError:
    body = next(response.iter_content(_CHUNK), b"")
    try:
        says = words(str(json.loads(body)["message"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        says = f"status {response.status_code}"
    return EngineError(
        f'The Docker Engine refused the request: "{says.rstrip(".")}".',
        "Correct what it complains about, and run crreg again.",
        says,
    )


def _messages(response: "Response") -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of the response, with or without line ends between them."""
    rest = b""
    # Read single bytes if need be, so that a message is passed on when it arrives, not when a buffer is full.
    for chunk in response.raw.stream(_CHUNK) if response.raw.chunked else response.iter_content(1):
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_MESSAGE:
            raise EngineError("The Docker Engine sent a message that does not end.", "Update the engine.")
        yield from _parsed(lines)
    yield from _parsed([rest])


def _parsed(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if not line.strip():
            continue
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise EngineError("The Docker Engine sent an invalid message.", "Update the engine.") from error
        if isinstance(message, dict):
            yield message
