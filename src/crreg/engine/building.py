"""Builds through the engine's own API: the context is sent to BuildKit, which needs no session for that."""

import io
import json
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from crreg.engine.api import post
from crreg.engine.asking import inspect
from crreg.engine.context import Context
from crreg.engine.error import EngineError
from crreg.engine.image import Base, Recipe, RegistryLogin
from crreg.engine.output import BuildOutput
from crreg.printable import quoted

if TYPE_CHECKING:
    from docker import APIClient

_BUILDKIT = "2"
_CLASSIC = "1"
_LOST_CONTEXT = "failed to read downloaded context"


def build(
    api: "APIClient",
    recipe: Recipe,
    context: Context,
    labels: Mapping[str, str],
    *,
    bases: Sequence[Base],
    logins: Sequence[RegistryLogin],
    output: BuildOutput,
) -> str:
    """Build for one platform; returns the image's identifier in the engine.

    If the engine's BuildKit does not accept a context without a session, the classic builder is used.

    Raises:
        EngineError: the build fails, or a private base image can't be pulled.
    """
    platform = next(iter(recipe.platforms), None)
    _pull_bases(api, bases, platform=platform, logins=logins, progress=output.progress)
    params = {
        "version": _BUILDKIT,
        "dockerfile": context.dockerfile,
        "target": recipe.target,
        "platform": platform,
        "buildargs": json.dumps(dict(recipe.args)),
        "labels": json.dumps({**recipe.labels, **labels}),
        "cachefrom": json.dumps(list(recipe.cache_from)),
    }
    headers = registry_header(logins)
    try:
        return _run(api, context.archive(), params=params, headers=headers, output=output)
    except EngineError as error:
        if _LOST_CONTEXT not in error.says:
            raise
    # Engines 23 to 27 with containerd's image store can't find the context that they were sent, and fail at once.
    # Source: https://github.com/moby/moby/issues/47717
    params |= {"version": _CLASSIC, "rm": "1"}
    output = BuildOutput(output.say, output.progress)
    return _run(api, context.archive(), params=params, headers=headers, output=output)


def label(api: "APIClient", image: str, labels: Mapping[str, str]) -> str:
    """Add labels to an image; returns the identifier of the new image."""
    # Use the classic builder, since BuildKit takes an identifier after FROM for a name on Docker Hub.
    dockerfile = f"FROM {image}\n".encode()
    info = tarfile.TarInfo("Dockerfile")
    info.size = len(dockerfile)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(info, io.BytesIO(dockerfile))
    output = BuildOutput(lambda _: None, lambda _: None)
    params = {"version": _CLASSIC, "labels": json.dumps(dict(labels)), "rm": "1"}
    return _run(api, iter([archive.getvalue()]), params=params, headers={}, output=output)


def registry_header(logins: Sequence[RegistryLogin]) -> dict[str, str]:
    """The header with the logins for a build."""
    from docker.auth import encode_header

    if not logins:
        return {}
    return {"X-Registry-Config": _text(encode_header({login.key: _auth(login) for login in logins}))}


def login_header(login: RegistryLogin | None) -> dict[str, str]:
    """The header with the login for one push or pull; the engine requires it even if it is empty."""
    from docker.auth import encode_header

    return {"X-Registry-Auth": _text(encode_header(_auth(login) if login else {}))}


def _auth(login: RegistryLogin) -> dict[str, str]:
    return {"username": login.user, "password": login.password, "serveraddress": login.key}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _run(
    api: "APIClient",
    archive: Iterator[bytes],
    *,
    params: Mapping[str, str | None],
    headers: Mapping[str, str],
    output: BuildOutput,
) -> str:
    content_type = {"Content-Type": "application/x-tar"}
    for message in post(api, "/build", params=params, headers={**content_type, **headers}, data=archive):
        output.take(message)
    output.end()
    if output.error:
        raise output.failure(output.error)
    if output.image is None:
        raise output.failure("the engine finished without producing an image")
    return output.image


def _pull_bases(
    api: "APIClient",
    bases: Sequence[Base],
    *,
    platform: str | None,
    logins: Sequence[RegistryLogin],
    progress: Callable[[str], None],
) -> None:
    """Pull base images that need a login: without a session BuildKit has no logins, but it uses the engine's images."""
    for base in bases:
        login = next((login for login in logins if login.registry == base.registry), None)
        if login is None:
            continue
        progress(f"pulling {base.name}")
        try:
            _pull(api, base.name, platform, login)
        except EngineError:
            if inspect(api, base.name) is None:
                raise


def _pull(api: "APIClient", image: str, platform: str | None, login: RegistryLogin) -> None:
    from docker.utils import parse_repository_tag

    name, tag = parse_repository_tag(image)
    params = {"fromImage": name, "tag": tag or "latest", "platform": platform}
    try:
        for message in post(api, "/images/create", params=params, headers=login_header(login)):
            if isinstance(message.get("error"), str):
                raise EngineError(message["error"], "", message["error"])  # noqa: TRY301 - refusals and errors end alike
    except EngineError as error:
        says = BuildOutput(lambda _: None, lambda _: None).failure(error.says or error.detail)
        raise EngineError(
            f"The base image {quoted(image)} can't be pulled: {says.says}",
            f"Correct its name, or the triple of {quoted(login.registry)}.",
            says.says,
        ) from None
