"""Building for several platforms by `docker buildx`, into a folder in the OCI image layout."""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from crreg.engine.context import Context
from crreg.engine.error import EngineError
from crreg.engine.image import Recipe, RegistryLogin
from crreg.engine.output import BuildOutput

_SECONDS = 60
_REMEDY = (
    "Run docker/setup-buildx-action (and docker/setup-qemu-action for foreign platforms) in a step before, or switch "
    "on the engine's containerd image store. The crreg command finds the builder; a container without docker can't."
)
_HUB = "https://index.docker.io/v1/"


def check(environment: Mapping[str, str], *, containerd: bool) -> None:
    """Ask before anything is built whether several platforms can be; `containerd`: whether that is the image store.

    Raises:
        EngineError: buildx is not there, or its builder can't.
    """
    if shutil.which("docker", path=environment.get("PATH")) is None or _ask(environment, "version") is None:
        raise EngineError(
            "A build for several platforms needs docker buildx, which is not installed here.", _REMEDY
        )
    builder = _ask(environment, "inspect")
    if builder is None:
        raise EngineError("The current builder of docker buildx does not answer.", _REMEDY)
    drivers = [line.split(":", 1)[1].strip() for line in builder.splitlines() if line.startswith("Driver:")]
    if drivers == ["docker"] and not containerd:
        raise EngineError(
            "The current builder has the driver docker, which builds for one platform only with this engine's image "
            "store.",
            _REMEDY,
        )


def build(
    recipe: Recipe,
    context: Context,
    labels: Mapping[str, str],
    *,
    logins: Sequence[RegistryLogin],
    scratch: Path,
    environment: Mapping[str, str],
    output: BuildOutput,
) -> Path:
    """Build for every platform; gives the folder of the image layout, below `scratch`.

    Raises:
        EngineError: the build fails.
    """
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=scratch))
    archive = folder / "image.tar"
    with _configuration(environment, logins) as configured:
        command = [*_command(recipe, context, labels), f"--output=type=oci,dest={archive}", "-"]
        _run(command, configured, context, output)
    layout = folder / "layout"
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(layout, filter="data")
    except (tarfile.TarError, OSError) as error:
        raise EngineError("What docker buildx wrote is no image.", "Update docker buildx.") from error
    archive.unlink()
    return layout


def _command(recipe: Recipe, context: Context, labels: Mapping[str, str]) -> list[str]:
    return [
        "docker",
        "buildx",
        "build",
        "--progress=plain",
        # Without them the index holds an image a platform and nothing else, as codespaces pull it.
        "--provenance=false",
        f"--file={context.dockerfile}",
        f"--platform={','.join(recipe.platforms)}",
        *([f"--target={recipe.target}"] if recipe.target else []),
        *(f"--build-arg={name}={value}" for name, value in recipe.args.items()),
        *(f"--label={name}={value}" for name, value in {**recipe.labels, **labels}.items()),
        *(f"--cache-from={image}" for image in recipe.cache_from),
    ]


def _run(
    command: Sequence[str], environment: Mapping[str, str], context: Context, output: BuildOutput
) -> None:
    failures: list[EngineError] = []
    with subprocess.Popen(  # noqa: S603 - the command is ours, its arguments are no shell's
        command,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        feeding = threading.Thread(target=_feed, args=(context, process.stdin, failures), daemon=True)
        feeding.start()
        try:
            for line in process.stdout:
                output.line(line.decode("utf-8", "replace"))
            code = process.wait()
        except BaseException:
            process.terminate()
            raise
        feeding.join()
    if failures:
        raise failures[0]
    if code:
        raise output.failure(f"docker buildx ended with code {code}")


def _feed(context: Context, pipe: IO[bytes], failures: list[EngineError]) -> None:
    try:
        # A builder that fails stops reading.
        with contextlib.suppress(BrokenPipeError), pipe:
            for piece in context.archive():
                pipe.write(piece)
    except EngineError as error:
        failures.append(error)


@contextlib.contextmanager
def _configuration(
    environment: Mapping[str, str], logins: Sequence[RegistryLogin]
) -> Iterator[dict[str, str]]:
    """Variables with a configuration of docker's that has the logins, and is removed whatever happens."""
    home = environment.get("HOME") or str(Path.home())
    usual = Path(environment.get("DOCKER_CONFIG") or f"{home}/.docker")
    with tempfile.TemporaryDirectory(prefix="crreg-docker-") as folder:
        for name in ("contexts", "cli-plugins"):
            if (usual / name).is_dir():
                (Path(folder) / name).symlink_to(usual / name)
        settings = _settings(usual / "config.json")
        auths, helpers = dict(settings.get("auths") or {}), dict(settings.get("credHelpers") or {})
        for login in logins:
            server = _HUB if login.server in ("docker.io", "index.docker.io") else login.server
            auths[server] = {"auth": base64.b64encode(f"{login.user}:{login.password}".encode()).decode()}
            # No helper: else docker asks that of the person's, and not this file.
            helpers[server] = ""
        file = os.open(Path(folder) / "config.json", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(file, "w", encoding="utf-8") as stream:  # noqa: PTH123 - its mode was set as it was opened
            json.dump({**settings, "auths": auths, "credHelpers": helpers}, stream)
        yield {"BUILDX_CONFIG": str(usual / "buildx"), **environment, "DOCKER_CONFIG": folder}


def _settings(path: Path) -> dict[str, dict[str, object]]:
    try:
        settings = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return settings if isinstance(settings, dict) else {}


def _ask(environment: Mapping[str, str], question: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - the command is ours
            ["docker", "buildx", question],  # noqa: S607 - the docker command is found as a shell finds it
            env=dict(environment),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
