"""The action's image, built from the very files that a workflow's `uses:` fetches."""

import hashlib
import io
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path

import docker

ROOT = Path(__file__).parents[2]
BASE = "debian:trixie-slim"
_FILES = ("Dockerfile", ".dockerignore", "LICENSE", "action.yml", "entrypoint.py", "requirements/runtime.txt")
_FOLDER = "action"
_SLOWEST_STEP = 600
"""Seconds that a step of the build may take without a word."""


def action_files() -> Iterator[Path]:
    """Every file of the action, relative to the project's root."""
    yield from map(Path, _FILES)
    for path in sorted((ROOT / "src" / "crreg").rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT)


def copy_action(folder: Path) -> None:
    """Put the action into the root of a repository, for `uses: ./`."""
    for name in action_files():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
        target.chmod(0o644)


def build(engine_host: str) -> str:
    """Build the image on the engine at `engine_host`; the tag names the content.

    The engine's cache makes every build but the first a matter of a second, those that act asks for too: it sends
    the same files in the same form to the same builder.
    """
    files = _archive()
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
    return tag


def _archive() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in action_files():
            content = (ROOT / name).read_bytes()
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
