"""Building by the engine's own API: BuildKit, to which the context is sent, as no session is needed for that."""

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
from crreg.text import quoted

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
    """Build for one platform; gives the image's identifier in the engine.

    Where the engine's BuildKit takes no context without a session, its classic builder builds.

    Raises:
        EngineError: the build fails, or a private image that it is based on can't be pulled.
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
    # Engines from 23 to 27 with containerd's image store don't find the context that they were sent, before any step.
    # Source: https://github.com/moby/moby/issues/47717
    params |= {"version": _CLASSIC, "rm": "1"}
    output = BuildOutput(output.say, output.progress)
    return _run(api, context.archive(), params=params, headers=headers, output=output)


def label(api: "APIClient", image: str, labels: Mapping[str, str]) -> str:
    """The same image with more labels; gives the identifier of the new one."""
    # By the classic builder, since BuildKit takes an identifier after FROM for a name at Docker Hub.
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
    """Logins for a build, as the engine's API takes them."""
    from docker.auth import encode_header

    if not logins:
        return {}
    return {"X-Registry-Config": _text(encode_header({login.key: _auth(login) for login in logins}))}


def login_header(login: RegistryLogin | None) -> dict[str, str]:
    """The login for one push or pull; the engine wants the header even if it is empty."""
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
        raise output.failure("the engine ended without an image")
    return output.image


def _pull_bases(
    api: "APIClient",
    bases: Sequence[Base],
    *,
    platform: str | None,
    logins: Sequence[RegistryLogin],
    progress: Callable[[str], None],
) -> None:
    """Pull what there is a login for: without a session BuildKit has none, but takes what the engine has."""
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
            f"The image {quoted(image)} that the build is based on can't be pulled: {says.says}",
            f"Correct its name, or the triple of {quoted(login.registry)}.",
            says.says,
        ) from None
