"""Registries of the CNCF distribution project, each in its own process behind a front that records requests."""

import contextlib
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.credentials import Credential
from sandbox.process import Process
from sandbox.relay import CountingFront
from sandbox.serving import Request

_HTPASSWD = "htpasswd"
_LISTENING = r"listening on (127\.0\.0\.1:\d+)"


@dataclass(frozen=True, slots=True)
class Registry:
    """A running registry."""

    address: str
    """Host and port, as in SERVER of a triple."""
    url: str
    """The address with its scheme."""
    backend: str
    """The address of the process itself, over plain HTTP; requests there are not recorded."""
    folder: Path
    """Its files."""
    _front: CountingFront
    kill: Callable[[], None]
    """Kill the process at once, whatever it is doing."""

    @property
    def requests(self) -> list[Request]:
        """The requests that reached the registry, in order."""
        return self._front.journal.requests

    def clear(self) -> None:
        """Forget the requests so far."""
        self._front.journal.clear()

    @contextlib.contextmanager
    def admitting(self, now: Credential, *, otherwise: Credential) -> Iterator[None]:
        """Make a registry with Basic accept only `now`, and only `otherwise` again at the end."""
        path = self.folder / _HTPASSWD
        try:
            Htpasswd([now]).write(path)
            yield
        finally:
            Htpasswd([otherwise]).write(path)


@dataclass(frozen=True, slots=True)
class Htpasswd:
    """Basic authentication against a file of bcrypt hashes."""

    credentials: Sequence[Credential]
    realm: str = "sandbox"

    def write(self, path: Path) -> None:
        """Write the file; a running registry uses it from the next request on."""
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        for credential in self.credentials:
            # On standard input, since everyone can read a process's arguments; with cost 4, to keep the tests fast.
            subprocess.run(
                ["htpasswd", "-i", "-B", "-C", "4", str(new), credential.user],
                input=credential.password.encode(),
                check=True,
                capture_output=True,
            )
        new.replace(path)

    def settings(self, folder: Path) -> dict[str, Any]:
        """The `auth` section of the registry's configuration."""
        # Assumes BASIC.
        path = folder / _HTPASSWD
        self.write(path)
        return {"htpasswd": {"realm": self.realm, "path": str(path)}}


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Bearer tokens signed by a token server."""

    realm: str
    """The address of the token server in the challenge."""
    service: str
    issuer: str
    root_certificates: Path
    """The PEM file of the authority that issued the signer's certificate."""

    def settings(self, folder: Path) -> dict[str, Any]:
        """The `auth` section of the registry's configuration."""
        # Assumes REGISTRY-SCOPES.
        del folder
        return {
            "token": {
                "realm": self.realm,
                "service": self.service,
                "issuer": self.issuer,
                "rootcertbundle": str(self.root_certificates),
            }
        }


@contextlib.contextmanager
def running_registry(
    folder: Path,
    *,
    auth: Htpasswd | TokenAuth | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[Registry]:
    """Run a registry that keeps its data in `folder`; anonymous without `auth`, https with `tls`."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "config.yml"
    # JSON is valid YAML.
    configuration.write_text(
        json.dumps(
            {
                "version": 0.1,
                "log": {"formatter": "json", "accesslog": {"disabled": True}},
                "storage": {
                    "filesystem": {"rootdirectory": str(folder / "data")},
                    "delete": {"enabled": True},
                },
                "http": {
                    # With port 0 the system chooses a port, and the log shows which.
                    "addr": "127.0.0.1:0",
                    # Upload addresses then use the host and scheme of the client's request.
                    "relativeurls": True,
                },
                **({"auth": auth.settings(folder)} if auth else {}),
            }
        )
    )
    log = folder / "registry.log"
    # The log of an earlier registry in this folder has another port.
    log.unlink(missing_ok=True)
    with Process(["docker-registry", "serve", str(configuration)], log=log) as process:
        backend = f"http://{process.wait_for_log(_LISTENING)[1]}"
        with CountingFront(backend, tls=tls) as front:
            yield Registry(front.address, front.url, backend, folder, front, process.kill)
