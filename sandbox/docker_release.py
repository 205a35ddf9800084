"""A newer Docker Engine than the machine's, and buildx, unpacked from Debian's packages without installing them."""

import fcntl
import shutil
import subprocess
import tempfile
from pathlib import Path

from sandbox.base_image import mirrors
from sandbox.process import NotStartedError

CACHE = Path(__file__).parents[1] / ".cache" / "docker-release"
_SUITE = "trixie"
_PACKAGES = ("containerd", "docker.io", "docker-buildx")
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_SECONDS = 600


def docker_release(*, cache: Path = CACHE) -> Path:
    """The folder with `usr/bin/containerd` and `usr/libexec/docker/cli-plugins`; `dockerd` is in one of its `bin`s.

    Its programs run by themselves on every Debian from version 12 on; runc is the machine's. Where packages come from
    another archive than Debian's, as on Ubuntu, they are the newest of that.

    Raises:
        NotStartedError: there is no apt, or the archive does not answer.
    """
    # Assumes ENGINE.
    cache.mkdir(parents=True, exist_ok=True)
    unpacked = cache / _SUITE
    with (cache / "lock").open("w") as lock:
        # Only one of several concurrent runs downloads it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not unpacked.is_dir():
            _fetch(unpacked)
    return unpacked


def _fetch(unpacked: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=unpacked.parent) as folder:
        root = Path(folder) / "root"
        root.mkdir()
        for package in _downloaded(Path(folder)):
            _run("dpkg-deb", "--extract", str(package), str(root))
        for unused in ("usr/share", "etc", "lib"):
            shutil.rmtree(root / unused, ignore_errors=True)
        # Moved when it is complete, so that an interrupted run leaves nothing incomplete.
        root.rename(unpacked)


def _downloaded(folder: Path) -> list[Path]:
    """The packages, which apt has verified with the archive's own key."""
    lists, cache = folder / "lists", folder / "cache"
    (lists / "partial").mkdir(parents=True)
    (cache / "archives" / "partial").mkdir(parents=True)
    options = {
        **_sources(folder / "sources.list"),
        "Dir::State::Lists": str(lists),
        "Dir::Cache": str(cache),
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "--quiet", *(f"--option={name}={value}" for name, value in options.items())]
    _run(*apt, "update")
    _run(*apt, "download", *_PACKAGES, folder=folder)
    return sorted(folder.glob("*.deb"))


def _sources(path: Path) -> dict[str, str]:
    try:
        main = mirrors()["main"]
    except NotStartedError:
        return {}
    path.write_text(f"deb [signed-by={_KEYRING}] {main} {_SUITE} main\n")
    return {"Dir::Etc::SourceList": str(path), "Dir::Etc::SourceParts": "-"}


def _run(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode != 0:
        raise NotStartedError(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")
