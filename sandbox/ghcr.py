"""A registry with GHCR's manners, whose accounts and packages are those of the sandbox's GitHub."""

import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.ghcr_front import HOST, Fault, Front
from sandbox.ghcr_storage import HOST as STORAGE_HOST
from sandbox.ghcr_storage import Storage
from sandbox.github.control import GitHubSandbox
from sandbox.internet import Internet
from sandbox.registry import running_registry
from sandbox.serving import Request


@dataclass(frozen=True, slots=True)
class Ghcr:
    """A running GHCR; on loopback at `address`, and as ghcr.io where an Internet leads to it."""

    address: str
    """Host and port, as images on loopback are named with."""
    url: str
    """The same with its scheme."""
    backend: str
    """The registry behind, over plain HTTP: no authentication, and what is pushed there creates no package."""
    github: GitHubSandbox
    _front: Front
    _storage: Storage

    @property
    def requests(self) -> list[Request]:
        """The requests to the registry and its token endpoint, in order."""
        return self._front.journal.requests

    @property
    def blob_requests(self) -> list[Request]:
        """The requests to the storage that blobs are redirected to, in order."""
        return self._storage.journal.requests

    @property
    def violations(self) -> list[str]:
        """What no client may do: bring its credential to the storage."""
        return self._storage.violations

    def take_violations(self) -> list[str]:
        """The same, and no more of them: what a test expects doesn't fail it."""
        return self._storage.take_violations()

    def clear(self) -> None:
        """Count from zero again."""
        self._front.journal.clear()
        self._storage.journal.clear()

    def limit_tokens(self, *, seconds: float | None = None, requests: int | None = None) -> None:
        """Let tokens given out from now on end after that time, or after that many requests to the registry."""
        if seconds is not None:
            self._front.tokens.seconds = seconds
        self._front.tokens.uses = requests

    def end_tokens(self) -> None:
        """Make every token that was given out an expired one."""
        self._front.tokens.end_all()

    def fail(
        self,
        method: str,
        path: str,
        status: int,
        *,
        message: str = "",
        after: int = 0,
        times: int | None = 1,
    ) -> None:
        """Answer requests whose path contains `path` with `status`: first `after` of them pass, then `times` (None
        for all) fail."""
        self._front.add_fault(Fault(method, path, status, message, after, times))

    def fill(self, status: int = 507, *, opening: bool = False) -> None:
        """Be out of quota: uploads end with 413 or 507 as data comes, or already when they are opened."""
        message = "quota exceeded" if status == 507 else "request entity too large"
        methods = ("POST", "PATCH", "PUT") if opening else ("PATCH", "PUT")
        for method in methods:
            self.fail(method, "/blobs/uploads/", status, message=message, times=None)

    def recover(self) -> None:
        """End what `fail` and `fill` called up."""
        self._front.clear_faults()


@contextlib.contextmanager
def running_ghcr(folder: Path, github: GitHubSandbox, *, tls: ssl.SSLContext | None = None) -> Iterator[Ghcr]:
    """Run one with its data in `folder`, on loopback; https with `tls`."""
    with (
        running_registry(folder) as registry,
        Storage(registry.backend, tls=tls) as storage,
        Front(registry.backend, github.packages, storage, tls=tls) as front,
    ):
        yield Ghcr(front.address, front.url, registry.backend, github, front, storage)


@contextlib.contextmanager
def reached_by_name(ghcr: Ghcr, internet: Internet) -> Iterator[None]:
    """Let ghcr.io be this registry, and what was there before again at the end."""
    before = dict(internet.sites)
    internet.add(HOST, ghcr.url)
    internet.add(STORAGE_HOST, ghcr._storage.url)
    try:
        yield
    finally:
        for host in (HOST, STORAGE_HOST):
            if host in before:
                internet.sites[host] = before[host]
            else:
                del internet.sites[host]
