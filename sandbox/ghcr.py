"""A registry that behaves like GHCR, with the accounts and packages of the sandbox's GitHub."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.ghcr_front import HOST, Front
from sandbox.ghcr_storage import HOST as STORAGE_HOST
from sandbox.ghcr_storage import Storage
from sandbox.github.control import GitHubSandbox
from sandbox.internet import Internet
from sandbox.registry import running_registry
from sandbox.serving import Request


@dataclass(frozen=True, slots=True)
class Ghcr:
    """A running GHCR, on loopback at `address`, and as ghcr.io if an Internet routes that name to it."""

    address: str
    """Host and port, as in the names of images on loopback."""
    url: str
    """The address with its scheme."""
    backend: str
    """The registry behind it, over plain HTTP, without authentication; a push there creates no package."""
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
        """Requests that sent a credential to the storage, which no client may do."""
        return self._storage.violations

    def take_violations(self) -> list[str]:
        """Return the violations and forget them, so that expected ones do not fail the test."""
        return self._storage.take_violations()

    def clear(self) -> None:
        """Forget the requests so far."""
        self._front.journal.clear()
        self._storage.journal.clear()


@contextlib.contextmanager
def running_ghcr(folder: Path, github: GitHubSandbox) -> Iterator[Ghcr]:
    """Run one with its data in `folder`, on loopback."""
    with (
        running_registry(folder) as registry,
        Storage(registry.backend) as storage,
        Front(registry.backend, github.packages, storage) as front,
    ):
        yield Ghcr(front.address, front.url, registry.backend, github, front, storage)


@contextlib.contextmanager
def reached_by_name(ghcr: Ghcr, internet: Internet) -> Iterator[None]:
    """Route ghcr.io to this registry, and restore the previous route at the end."""
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
