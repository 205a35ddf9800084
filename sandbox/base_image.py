"""Makes `debian:trixie-slim` on an engine that neither has it nor can pull it; run as a script for the machine's own.

The engine's build containers then reach packages as this host does: same mirror, same proxies, same authorities.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sandbox.engine import Engine, running_engine
from sandbox.process import NotStartedError

IMAGE = "debian:trixie-slim"
CACHE = Path(__file__).parents[1] / ".cache" / "base-image"
_PIN = re.compile(rf"^(FROM {re.escape(IMAGE)})@sha256:[0-9a-f]{{64}}(?=\s|\Z)", re.MULTILINE)
_SUITE = "trixie"
_SECONDS_TO_PULL = 60
_SECONDS_TO_MAKE = 900
_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
_OWN_AUTHORITIES = Path("/usr/local/share/ca-certificates")
# The paths that Debian's slim images leave out, as dpkg configuration, so that later packages leave them out too.
_EXCLUDED = (
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/linda/*",
    "/usr/share/lintian/overrides/*",
    "/usr/share/locale/*",
    "/usr/share/man/*",
)
_INCLUDED = ("/usr/share/doc/*/copyright",)
_PIP_SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy")


def ensure_base_image(engine: Engine, *, cache: Path = CACHE) -> str:
    """Give `engine` the image; returns where it came from: `present`, `cached`, `pulled` or `made`."""
    # Assumes ENGINE-BASE.
    if engine.docker("image", "inspect", IMAGE).returncode == 0:
        return "present"
    tarball = cache / f"{_SUITE}-slim.tar"
    if tarball.is_file():
        _import(engine, tarball)
        return "cached"
    if _pulled(engine):
        return "pulled"
    cache.mkdir(parents=True, exist_ok=True)
    _make(tarball)
    _import(engine, tarball)
    return "made"


def unpinned(dockerfile: str) -> str:
    """The Dockerfile with IMAGE named only by its tag, since an image built here has another digest."""
    return _PIN.sub(r"\1", dockerfile)


def _pulled(engine: Engine) -> bool:
    try:
        return engine.docker("pull", "--quiet", IMAGE, timeout=_SECONDS_TO_PULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def _import(engine: Engine, tarball: Path) -> None:
    done = engine.docker("import", "--change", 'CMD ["bash"]', str(tarball), IMAGE)
    if done.returncode != 0:
        raise NotStartedError(f"docker import failed: {done.stderr}")


def _make(tarball: Path) -> None:
    archives = mirrors()
    with tempfile.TemporaryDirectory(prefix="crreg-base-") as folder:
        root = Path(folder) / "root"
        _run("debootstrap", "--variant=minbase", _SUITE, str(root), archives["main"])
        _slim(root)
        _reach_packages(root, archives)
        # Written to another file and renamed, so that an interrupted run leaves no incomplete image in the cache.
        unfinished = tarball.with_suffix(".part")
        _run("tar", "--numeric-owner", "--exclude=./dev/*", "-C", str(root), "-cf", str(unfinished), ".")
        unfinished.rename(tarball)


def mirrors() -> dict[str, str]:
    """Addresses of Debian's archive, and of its security archive if any, as this host's apt is configured."""
    listed = _run(
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)",
        "Created-By: Packages",
    )
    found: dict[str, str] = {}
    for line in listed.splitlines():
        origin, component, codename, address = line.split(" ", 3)
        if origin == "Debian" and component == "main":
            found.setdefault("security" if codename.endswith("-security") else "main", address)
    if "main" not in found:
        raise NotStartedError(
            "this host's apt names no Debian archive: run `apt-get update`, or pull the image by hand"
        )
    return found


def _slim(root: Path) -> None:
    rules = [f"path-exclude {path}" for path in _EXCLUDED] + [f"path-include {path}" for path in _INCLUDED]
    (root / "etc/dpkg/dpkg.cfg.d/docker").write_text("\n".join(rules) + "\n")
    configuration = root / "etc/apt/apt.conf.d"
    (configuration / "docker-clean").write_text(
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n'
        'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    )
    (configuration / "docker-no-languages").write_text('Acquire::Languages "none";\n')
    (configuration / "docker-autoremove-suggests").write_text('Apt::AutoRemove::SuggestsImportant "false";\n')
    (root / "usr/sbin/policy-rc.d").write_text("#!/bin/sh\nexit 101\n")
    (root / "usr/sbin/policy-rc.d").chmod(0o755)
    for path in (root / "usr/share/doc").rglob("*"):
        if path.name != "copyright" and (path.is_symlink() or path.is_file()):
            path.unlink()
    for folder in ("info", "linda", "lintian/overrides", "locale", "man"):
        _empty(root / "usr/share" / folder)
    for folder in ("var/lib/apt/lists", "var/cache/apt", "var/log", "tmp"):
        _empty(root / folder)
    for partial in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (root / partial).mkdir(parents=True)
    for leftover in ("var/cache/ldconfig/aux-cache", "etc/machine-id", "etc/hostname", "etc/resolv.conf"):
        (root / leftover).unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _reach_packages(root: Path, archives: dict[str, str]) -> None:
    signed = "Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    sources = [f"Types: deb\nURIs: {archives['main']}\nSuites: {_SUITE} {_SUITE}-updates\n{signed}"]
    if "security" in archives:
        sources.append(f"Types: deb\nURIs: {archives['security']}\nSuites: {_SUITE}-security\n{signed}")
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    (root / "etc/apt/sources.list.d/debian.sources").write_text("\n".join(sources))
    proxies = [line for line in _run("apt-config", "dump").splitlines() if _is_proxy(line)]
    if proxies:
        (root / "etc/apt/apt.conf.d/01host").write_text("\n".join(proxies) + "\n")
    _trust_authorities(root)
    settings = _pip_settings()
    if settings:
        (root / "etc/pip.conf").write_text(
            "[global]\n" + "".join(f"{k} = {v}\n" for k, v in settings.items())
        )


def _is_proxy(line: str) -> bool:
    name, _, value = line.partition(" ")
    return name.lower() in {"acquire::http::proxy", "acquire::https::proxy"} and value not in {'"";', ""}


def _trust_authorities(root: Path) -> None:
    if _BUNDLE.is_file():
        bundle = root / _BUNDLE.relative_to("/")
        bundle.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(_BUNDLE, bundle)
    # When the package ca-certificates is installed, it rebuilds the bundle and adds the files here.
    for certificate in _OWN_AUTHORITIES.glob("**/*.crt"):
        copied = root / certificate.relative_to("/")
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(certificate, copied)


def _pip_settings() -> dict[str, str]:
    """The pip settings that reach an index; those with a path of this host are useless in a container."""
    found: dict[str, str] = {}
    for line in _run(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, quoted = line.partition("=")
        key = name.rpartition(".")[2]
        value = " ".join(shlex.split(quoted))
        if key in _PIP_SETTINGS and value and not value.startswith(("file:", "/")):
            found[key] = value
    return found


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS_TO_MAKE, check=False)
    if done.returncode != 0:
        raise NotStartedError(f"{shlex.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


def main() -> None:
    """Make the image on the machine's own engine, or only its tarball if no engine runs."""
    with tempfile.TemporaryDirectory() as folder, running_engine(Path(folder)) as engine:
        how = ensure_base_image(engine)
        size = engine.docker("image", "inspect", "--format", "{{.Size}}", IMAGE).stdout
        print(f"{IMAGE}: {how}, {int(size) / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
