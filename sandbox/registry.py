"""Registries of the CNCF distribution project, each a process of its own behind a front that counts requests."""

import contextlib
import json
import ssl
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    """Host and port, as SERVER of a triple names them."""
    url: str
    """The same with its scheme."""
    backend: str
    """Address of the process itself, over plain HTTP and not counted."""
    folder: Path
    """Its files."""
    _front: CountingFront
    kill: Callable[[], None]
    """End the process at once, in the middle of whatever it does."""

    @property
    def requests(self) -> list[Request]:
        """The requests that reached the registry, in order."""
        return self._front.journal.requests

    def clear(self) -> None:
        """Count from zero again."""
        self._front.journal.clear()

    @contextlib.contextmanager
    def admitting(self, now: Credential, *, otherwise: Credential) -> Iterator[None]:
        """Let a registry with Basic admit `now` alone, and `otherwise` alone again at the end."""
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
        """Write the file; a registry that runs on it goes by it from the next request on."""
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        for credential in self.credentials:
            # On standard input, since a process's arguments can be read by all; cost 4, since tests are many.
            subprocess.run(
                ["htpasswd", "-i", "-B", "-C", "4", str(new), credential.user],
                input=credential.password.encode(),
                check=True,
                capture_output=True,
            )
        new.replace(path)

    def settings(self, folder: Path) -> dict[str, Any]:
        """The `auth` section of the registry's configuration."""
        path = folder / _HTPASSWD
        self.write(path)
        return {"htpasswd": {"realm": self.realm, "path": str(path)}}


@dataclass(frozen=True, slots=True)
class TokenAuth:
    """Bearer tokens signed by a token server."""

    realm: str
    """Address of the token server, as the challenge names it."""
    service: str
    issuer: str
    root_certificates: Path
    """PEM file of the authority that the signer's certificate is under."""

    def settings(self, folder: Path) -> dict[str, Any]:
        """The `auth` section of the registry's configuration."""
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
    headers: Mapping[str, str] | None = None,
) -> Iterator[Registry]:
    """Run a registry that keeps its data in `folder`; anonymous without `auth`, https with `tls`."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "config.yml"
    # JSON is YAML too.
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
                    # Port 0 lets the system choose; the log says what it chose.
                    "addr": "127.0.0.1:0",
                    # Upload addresses then hold for whatever name and scheme the client came by.
                    "relativeurls": True,
                    "headers": {name: [value] for name, value in (headers or {}).items()},
                },
                **({"auth": auth.settings(folder)} if auth else {}),
            }
        )
    )
    log = folder / "registry.log"
    # What a registry that ran here before has written names its own port.
    log.unlink(missing_ok=True)
    with Process(["docker-registry", "serve", str(configuration)], log=log) as process:
        backend = f"http://{process.wait_for_log(_LISTENING)[1]}"
        with CountingFront(backend, tls=tls) as front:
            yield Registry(front.address, front.url, backend, folder, front, process.kill)
