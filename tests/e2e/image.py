"""The action's image, built from the very files that a workflow's `uses:` fetches."""

import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import docker
from sandbox.base_image import IMAGE, unpinned

ROOT = Path(__file__).parents[2]
BASE = IMAGE
_DOCKERFILE = "Dockerfile"
_FILES = (
    *(_DOCKERFILE, ".dockerignore", "LICENSE", "action.yml", "container/assemble.py"),
    *("docs/rules.md", "entrypoint.py"),
    "requirements/runtime.txt",
)
_FOLDER = "action"
_SLOWEST_STEP = 600
"""Seconds that a step of the build may take without a word."""


@dataclass(frozen=True, slots=True)
class Action:
    """The action as one run of the tests has it, whatever is edited meanwhile."""

    folder: Path
    """Its files and nothing else; the Dockerfile is unpinned."""
    image: str
    """The tag of what they build to; it names the content."""

    @classmethod
    def build(cls, engine_host: str, folder: Path) -> Self:
        """Copy the project's action into `folder` and build its image on the engine at `engine_host`.

        The engine's cache makes every build but the first a matter of a second, those that act asks for too: it sends
        the same files in the same form to the same builder.
        """
        _copy(ROOT, folder)
        files = _archive(folder)
        tag = f"crreg-action:{hashlib.sha256(files).hexdigest()[:16]}"
        client = docker.DockerClient(base_url=engine_host, timeout=_SLOWEST_STEP)
        try:
            client.images.build(
                fileobj=io.BytesIO(_as_act_sends_it(client, files)),
                custom_context=True,
                tag=tag,
                rm=True,
                # The engine may have no bridge to the network, the machine always has one.
                network_mode="host",
            )
        finally:
            client.close()
        return cls(folder, tag)

    def copy_to(self, folder: Path) -> None:
        """Put the action into the root of a repository, for `uses: ./`."""
        _copy(self.folder, folder)


def _names(root: Path) -> Iterator[Path]:
    """Every file of the action, relative to `root`."""
    yield from map(Path, _FILES)
    for path in sorted((root / "src" / "crreg").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(root)


def _copy(source: Path, target: Path) -> None:
    for name in _names(source):
        copied = target / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, copied)
        if name.as_posix() == _DOCKERFILE:
            copied.write_text(unpinned(copied.read_text()))
        copied.chmod(0o644)


def _archive(folder: Path) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in _names(folder):
            content = (folder / name).read_bytes()
            member = tarfile.TarInfo(f"{_FOLDER}/{name.as_posix()}")
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _as_act_sends_it(client: docker.DockerClient, files: bytes) -> bytes:
    """The files as the engine gives them out of a container, which is where act takes a build's context from.

    The builder's cache goes by owners and modes too, and engines differ in how they write these down.
    """
    container = client.containers.create(BASE)
    try:
        container.put_archive("/", files)
        stream, _ = container.get_archive(f"/{_FOLDER}/.")
        return b"".join(stream)
    finally:
        container.remove()
