"""Builds with `docker buildx`: for several platforms, and with the builder that the user has chosen."""

import contextlib
import csv
import io
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from crreg.engine.child_environment import child_environment
from crreg.engine.context import Context, unpacked
from crreg.engine.docker_configuration import configuration, forget
from crreg.engine.error import EngineError, system_errors
from crreg.engine.image import Built, Recipe, RegistryLogin
from crreg.engine.output import BuildOutput, PlainProgress
from crreg.exits.signals import cleaned_up
from crreg.printable import quoted
from crreg.workspace.confined import search_path

_SECONDS = 60
_SECONDS_TO_END = 2
"""A runner that cancels a job sends the second signal after 7.5 seconds."""
_LONGEST_LINE = 64 * 1024
_REMEDY = (
    "Run docker/setup-buildx-action (and docker/setup-qemu-action for foreign platforms) in an earlier step, or "
    "enable the engine's containerd image store. Use the crreg command: a container without docker can't find the "
    "builder."
)
_CONTAINERD = "org.mobyproject.buildkit.worker.containerd"
"""The prefix of the labels of a worker with containerd's store."""
_ANNOTATED = "org.opencontainers.image."
"""The prefix of labels of the image specification, which are also annotations with the same names."""


@dataclass(frozen=True, slots=True)
class Builder:
    """The current builder of buildx: BUILDX_BUILDER, or the one that `docker buildx use` chose, or the engine's own."""

    name: str
    driver: str
    """`docker` for the engine's own BuildKit, or `docker-container`, `kubernetes` or `remote`."""
    answers: bool
    containerd: bool = False
    """Whether it is known to store images in containerd."""

    def exports(self, *, containerd: bool) -> bool:
        """Whether it can export images of any platforms; `containerd`: whether the engine stores images there."""
        return self.driver != "docker" or containerd or self.containerd


def find(environment: Mapping[str, str]) -> Builder | None:
    """Find the current builder; None if `docker buildx` is not installed."""
    if shutil.which("docker", path=search_path(environment.get("PATH", os.defpath))) is None:
        return None
    inspected = _ask(environment, "inspect")
    if inspected is None:
        installed = _ask(environment, "version") is not None
        return Builder(environment.get("BUILDX_BUILDER", ""), "", answers=False) if installed else None
    rows = [line.partition(":") for line in inspected.splitlines()]
    fields = {name.strip(): value.strip() for name, _, value in reversed(rows)}
    return Builder(
        fields.get("Name", ""),
        fields.get("Driver", ""),
        answers="Error" not in fields,
        containerd=f"{_CONTAINERD}.uuid" in fields,
    )


def check(builder: Builder | None, *, containerd: bool) -> Builder:
    """Return the builder if it can build for several platforms at once.

    Raises:
        EngineError: there is no builder, or it can't.
    """
    if builder is None:
        raise EngineError(
            "A build for several platforms needs docker buildx, which is not installed here.", _REMEDY
        )
    if not builder.answers:
        raise EngineError(
            f"The current builder of docker buildx, {quoted(builder.name)}, does not answer.", _REMEDY
        )
    if not builder.exports(containerd=containerd):
        raise EngineError(
            f"The current builder {quoted(builder.name)} uses the driver docker, which can build for only one "
            "platform with this engine's image store.",
            _REMEDY,
        )
    return builder


@system_errors()
def build(
    recipe: Recipe,
    context: Context,
    labels: Mapping[str, str],
    *,
    logins: Sequence[RegistryLogin],
    scratch: Path,
    environment: Mapping[str, str],
    exports: bool,
    output: BuildOutput,
) -> Built:
    """Build for every platform, into an image layout below `scratch`, or into the engine if `exports` is false.

    Raises:
        EngineError: the build fails, or the system does not let it begin.
    """
    folder = Path(tempfile.mkdtemp(prefix="build-", dir=scratch))
    layout, identifier = folder / "layout", folder / "image"
    if exports:
        destination = [f"--output={_exporter(recipe, labels, layout)}"]
    else:
        destination = ["--load", f"--iidfile={identifier}"]
    with configuration(environment, logins) as configured, _context_folder(recipe, context, folder) as place:
        # The index then contains one image per platform and nothing else, as Codespaces pulls it. Old versions of
        # buildx do not have the option that does the same.
        configured["BUILDX_NO_DEFAULT_ATTESTATIONS"] = "1"
        # Otherwise buildx runs git in the context, whose configuration can name programs that git runs.
        # Source: build/git.go of https://github.com/docker/buildx
        configured["BUILDX_GIT_INFO"] = "false"
        archive = context.archive() if place is None else iter(())
        command = [*_command(recipe, context, labels, place), *destination]
        _run(command, child_environment(configured), archive, output)
    made = layout / "index.json" if exports else identifier
    if not made.is_file():
        raise EngineError("docker buildx finished without producing an image.", "Update docker buildx.")
    return Built(layout=layout) if exports else Built(image=identifier.read_text("utf-8").strip())


def _exporter(recipe: Recipe, labels: Mapping[str, str], layout: Path) -> str:
    # A single image has no index, and BuildKit refuses to annotate one.
    kinds = ("annotation", "annotation-index") if len(recipe.platforms) > 1 else ("annotation",)
    annotations = (
        f"{kind}.{name}={value}"
        for kind in kinds
        for name, value in labels.items()
        if name.startswith(_ANNOTATED)
    )
    return _row("type=oci", "tar=false", f"dest={layout}", *annotations)


@contextlib.contextmanager
def _context_folder(recipe: Recipe, context: Context, scratch: Path) -> Iterator[Path | None]:
    """Copy the context to a folder for a build for several platforms; None if it is sent as an archive.

    BuildKit turns an archive into one step that all platforms share. In Docker 26.1 that was seen to crash the engine
    when two platforms used the step at once ("concurrent map writes" in llb's FileOp.Marshal).
    """
    if len(recipe.platforms) <= 1:
        yield None
        return
    with unpacked(context, scratch) as folder:
        yield folder


def _command(recipe: Recipe, context: Context, labels: Mapping[str, str], folder: Path | None) -> list[str]:
    return [
        "docker",
        "buildx",
        "build",
        "--progress=plain",
        f"--file={folder / context.dockerfile if folder else context.dockerfile}",
        *([f"--platform={','.join(recipe.platforms)}"] if recipe.platforms else []),
        *([f"--target={recipe.target}"] if recipe.target else []),
        *(f"--build-arg={name}={value}" for name, value in recipe.args.items()),
        *(f"--label={name}={value}" for name, value in {**recipe.labels, **labels}.items()),
        # In the long form, so that an image's name can't set another type of cache.
        *(f"--cache-from={_row('type=registry', f'ref={image}')}" for image in recipe.cache_from),
        str(folder or "-"),
    ]


def _row(*values: str) -> str:
    """Join values with commas in the CSV form of buildx's options."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue()


def _run(
    command: Sequence[str], environment: Mapping[str, str], archive: Iterator[bytes], output: BuildOutput
) -> None:
    failures: list[EngineError] = []
    progress = PlainProgress(output)
    with (
        subprocess.Popen(  # noqa: S603 - the command is ours, its arguments are no shell's
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # The command and its plugin form a process group, so that both can be stopped together.
            start_new_session=True,
        ) as process,
        cleaned_up(lambda: _kill(process)),
    ):
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both are pipes")
        feeding = threading.Thread(target=_feed, args=(archive, process.stdin, failures), daemon=True)
        feeding.start()
        try:
            for line in _lines(process.stdout):
                progress.line(line.decode("utf-8", "replace"))
            code = process.wait()
        except BaseException:
            forget(environment)
            _end(process)
            raise
        feeding.join()
    output.end()
    if failures:
        raise failures[0]
    if code:
        raise output.failure(output.error or f"docker buildx exited with code {code}")


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield each line, cut after `_LONGEST_LINE`; the rest is dropped so that it is not parsed as a line of its own."""
    within = False
    while piece := stream.readline(_LONGEST_LINE):
        if not within:
            yield piece
        within = not piece.endswith(b"\n")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Stop the whole group, so that nothing continues to build or to read the configuration."""
    _signal(process, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_SECONDS_TO_END)
    # A plugin may continue to run when the command has ended.
    _signal(process, signal.SIGKILL)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group, unless the command has already ended."""
    if process.returncode is None:
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # macOS refuses to signal a group whose processes have ended but were not waited for.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _feed(archive: Iterator[bytes], pipe: IO[bytes], failures: list[EngineError]) -> None:
    try:
        # A builder that fails stops reading.
        with contextlib.suppress(BrokenPipeError), pipe:
            for piece in archive:
                pipe.write(piece)
    except EngineError as error:
        failures.append(error)


def _ask(environment: Mapping[str, str], question: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - the command is ours
            ["docker", "buildx", question],  # noqa: S607 - the docker command is found as a shell finds it
            env=child_environment(environment),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
