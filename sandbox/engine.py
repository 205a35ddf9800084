"""The Docker Engine: the machine's own if it has one, else one that the sandbox starts and stops."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.process import NotStartedError, Process, which

_SECONDS_TO_START = 60
_SECONDS_TO_STOP = 30
_PAUSE = 0.05
_LONGEST_FOLDER = 30
_NETWORK = Path("/sys/class/net")
"""The kernel's folder with the network interfaces of this machine or container."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers."""

    host: str
    """The value for DOCKER_HOST."""
    started: bool
    """Whether the sandbox started it; the machine's own can't reach the sandbox's hosts."""
    bridge: bool
    """Whether its containers get a network by default; otherwise they get the host's on request, or none."""
    home: Path
    """A folder for the configuration of the `docker` command, separate from the user's own."""

    def environment(self) -> dict[str, str]:
        """Variables that point the `docker` command to this engine, with a separate configuration."""
        return {"DOCKER_HOST": self.host, "DOCKER_CONFIG": str(self.home)}

    def use_buildx(self, release: Path) -> None:
        """Install the plugin of a release for the `docker` command, only in this engine's configuration."""
        plugins = self.home / "cli-plugins"
        plugins.mkdir(exist_ok=True)
        (plugins / "docker-buildx").symlink_to(release / "usr/libexec/docker/cli-plugins/docker-buildx")

    def docker(
        self, *arguments: str, text: str = "", timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Run the `docker` command with `text` on its standard input; the caller checks the exit code."""
        return subprocess.run(
            ["docker", *arguments],
            env={**os.environ, **self.environment()},
            input=text,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@contextlib.contextmanager
def running_engine(
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    own: bool = False,
    release: Path | None = None,
) -> Iterator[Engine]:
    """Find or start an engine whose files live in `folder`.

    `environment` is added to the engine's own: proxies and trust in an authority, as an Internet names them.
    `own` starts one even if the machine has one. An engine that is started has a bridge and a subnet of its own, which
    lead nowhere.
    `release` is a folder of a release to start in place of the installed one; it keeps images in containerd's store.
    """
    # Assumes ENGINE.
    home = folder / "docker-config"
    home.mkdir(parents=True, exist_ok=True)
    # The output is always in English, and no plugin or credential store of the user is used.
    (home / "config.json").write_text("{}")
    found = machines_own()
    if found is not None and not own and release is None:
        yield Engine(found, started=False, bridge=True, home=home)
        return
    with (
        _own_bridge() as bridge,
        _started(folder, environment or {}, bridge, release) as host,
    ):
        yield Engine(host, started=True, bridge=bridge is not None, home=home)


def machines_own() -> str | None:
    """The value for DOCKER_HOST of the engine that the `docker` command finds; None if none answers."""
    if which("docker") is None:
        return None
    answer = subprocess.run(
        ["docker", "context", "inspect", "--format", "{{json .Endpoints.docker.Host}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    host = os.environ.get("DOCKER_HOST") or (json.loads(answer.stdout) if answer.returncode == 0 else "")
    return host if host and _answers(host) else None


def _answers(host: str) -> bool:
    return (
        subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            env={**os.environ, "DOCKER_HOST": host},
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


@contextlib.contextmanager
def _own_bridge() -> Iterator[str | None]:
    """Make a bridge and a subnet that no other engine has; None if this user may not.

    An engine on docker0 would take the addresses of any other engine that starts beside it.
    """
    if which("ip") is None:
        yield None
        return
    for number in range(1, 255):
        name = f"crreg{number}"
        # Names are unique, so the process that creates it owns it.
        if _ip("link", "add", name, "type", "bridge"):
            break
        if not (_NETWORK / name).exists():
            yield None
            return
    try:
        _ip("address", "add", f"10.213.{number}.1/24", "dev", name)
        yield name
    finally:
        _ip("link", "delete", name)


def _ip(*arguments: str) -> bool:
    program = which("ip") or "ip"
    return subprocess.run([program, *arguments], capture_output=True, check=False).returncode == 0


@contextlib.contextmanager
def _started(
    folder: Path,
    environment: Mapping[str, str],
    bridge: str | None,
    release: Path | None,
) -> Iterator[str]:
    if os.geteuid() != 0:
        raise NotStartedError("no Docker Engine answers, and only root can start one")
    with tempfile.TemporaryDirectory(prefix="crreg-engine-", dir=_short_folder()) as short:
        host = f"unix://{short}/docker.sock"
        command = [
            _program(release),
            f"--host={host}",
            f"--data-root={folder / 'data'}",
            f"--exec-root={short}/exec",
            f"--pidfile={short}/docker.pid",
            f"--config-file={_configuration(folder, release)}",
            *_network(bridge),
        ]
        # The engine gets the sandbox's proxy settings or none: with the user's, it would reach their registries.
        clean = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        log = folder / "dockerd.log"
        if release is not None:
            # The engine finds containerd on PATH, and containerd finds its shim there.
            clean["PATH"] = f"{release}/usr/bin:{release}/usr/sbin:{clean['PATH']}:/usr/sbin:/sbin"
        with Process(command, log=log, environment={**clean, **environment}) as process:
            try:
                _wait_until_it_answers(host, process)
                yield host
            finally:
                process.stop(seconds=_SECONDS_TO_STOP)
                _unmount_below(Path(short), folder)
                _remove(folder / "data")


def _program(release: Path | None) -> str:
    # On Debian it is with the programs for administrators, on Ubuntu it is not.
    return next(map(str, release.glob("usr/*bin/dockerd"))) if release else "dockerd"


def _network(bridge: str | None) -> list[str]:
    return [f"--bridge={bridge or 'none'}", "--iptables=false", "--ip6tables=false"]


def _short_folder() -> str:
    # containerd limits a socket's path to 104 characters, which a test's temporary folder may exceed.
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _LONGEST_FOLDER else "/tmp"  # noqa: S108 - mkdtemp makes its own folder in it


def _configuration(folder: Path, release: Path | None) -> Path:
    path = folder / "daemon.json"
    # Always set, since the default store depends on the release.
    path.write_text(json.dumps({"features": {"containerd-snapshotter": release is not None}}))
    return path


def _wait_until_it_answers(host: str, process: Process) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while not _answers(host):
        if not process.running or time.monotonic() > deadline:
            raise NotStartedError(f"dockerd does not answer:\n{process.log.read_text()[-4000:]}")
        time.sleep(_PAUSE)


def _unmount_below(*folders: Path) -> None:
    """Unmount what a container that was killed left mounted, innermost first."""
    for mount in reversed(_mounts_below(*folders)):
        subprocess.run(["umount", "--lazy", str(mount)], capture_output=True, check=False)


def _remove(data: Path) -> None:
    # Never removed through a mount: the files behind it do not belong to the engine.
    if not _mounts_below(data):
        shutil.rmtree(data, ignore_errors=True)


def _mounts_below(*folders: Path) -> list[Path]:
    mounts = [Path(line.split(" ")[1]) for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [mount for mount in mounts if any(mount.is_relative_to(folder) for folder in folders)]
