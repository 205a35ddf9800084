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
    context = _context()
    tag = f"crreg-action:{hashlib.sha256(context).hexdigest()[:16]}"
    client = docker.DockerClient(base_url=engine_host, timeout=_SLOWEST_STEP)
    try:
        # The engine may have no bridge to the network, the machine always has one.
        client.images.build(
            fileobj=io.BytesIO(context), custom_context=True, tag=tag, rm=True, network_mode="host"
        )
    finally:
        client.close()
    return tag


def _context() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in action_files():
            content = (ROOT / name).read_bytes()
            member = tarfile.TarInfo(name.as_posix())
            # As act sends it; the builder's cache goes by these too.
            member.size, member.mode, member.uname, member.gname = len(content), 0o644, "root", "root"
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()
