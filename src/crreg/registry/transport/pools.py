"""Connection pools, by host and by the proxy on the way there."""

import threading
from collections.abc import Iterable, Mapping

import urllib3

from crreg.net.concurrency import Pool
from crreg.net.proxy import Proxy, UnusableProxy, proxy_for
from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport.connection import BoundedPool, BoundedTlsPool
from crreg.registry.transport.guard import CONNECTIONS, Reach
from crreg.registry.transport.tls import tls_context

_HOSTS = 256
"""Number of hosts whose idle connections are kept: more than are asked at the same time, or all would connect again."""
_CONNECTIONS = 8
"""Idle connections kept for one host."""
_CLASSES = {"http": BoundedPool, "https": BoundedTlsPool}
_AHEAD = 32
"""The most connections that one run opens ahead, each in a thread of its own, so that none waits for another."""


class Pools:
    """The connections of one run, directly or through the proxies that the environment names. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._managers: dict[Proxy, urllib3.PoolManager] = {}
        self._direct: dict[tuple[tuple[str, str, int], Reach], BoundedPool] = {}
        """The hosts without a proxy, the most recently used last."""
        self._proxies: dict[tuple[str, str, int], Proxy | None] = {}
        self._threads = Pool(_AHEAD)
        self._ahead = 0

    def open_ahead(self, address: Address, connections: int, seconds: float, *, reach: Reach) -> None:
        """Open connections to a host that requests will need soon, each within `seconds`, and don't wait for them.

        Does nothing if a proxy is on the way, beyond the number of idle connections that a host keeps, and beyond the
        most that one run opens ahead.
        """
        if self._proxy_of(address) is not None:
            return
        pool = self._pool(address, reach=reach)
        with self._lock:
            allowed = max(0, min(connections, _CONNECTIONS - 1, _AHEAD - self._ahead))
            self._ahead += allowed
        for _ in range(allowed):
            pool.open_ahead(self._threads, seconds)

    def send(
        self,
        method: str,
        address: Address,
        headers: Mapping[str, str],
        body: bytes | Iterable[bytes | memoryview] | None,
        timeouts: tuple[float, float],
        *,
        reach: Reach,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request and read the head of its response.

        Args:
            method: the method.
            address: its URL.
            headers: the headers.
            body: bytes, or pieces whose length a header gives.
            timeouts: seconds to connect and to send a piece of the body, and seconds to wait for the response.
            reach: what the connection may reach.

        Raises:
            HTTPError: no response came.
            RegistryError: the environment names a proxy that can't be used.
        """
        proxy = self._proxy_of(address)
        connect, read = timeouts
        if proxy is None:
            pool = self._pool(address, reach=reach)
            return pool.exchange(method, address.target, headers, body, connect=connect, read=read)
        with self._lock:
            manager = self._managers.get(proxy) or self._managers.setdefault(proxy, _through(proxy))
        return manager.urlopen(
            method,
            address.url,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=connect, read=read),
        )

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            for manager in self._managers.values():
                # After `clear` alone, a connection would stay open as long as anything, even a traceback, refers to it.
                for key in manager.pools.keys():  # noqa: SIM118 - the container can't be iterated over
                    manager.pools[key].close()
                manager.clear()
            for pool in self._direct.values():
                pool.close()
            self._managers.clear()
            self._direct.clear()

    def _pool(self, address: Address, *, reach: Reach) -> BoundedPool:
        """Return the direct connections to a host, without the work with which urllib3 finds them for each request."""
        key = address.origin, reach
        with self._lock:
            pool = self._direct.pop(key, None)
            if pool is None:
                pool = _CLASSES[address.scheme](address.host, address.port, maxsize=_CONNECTIONS)
                pool.ConnectionCls = CONNECTIONS[address.scheme, reach]
            self._direct[key] = pool
            if len(self._direct) > _HOSTS:
                # Not closed, since another thread may just use it: its connections end with the last reference to it.
                del self._direct[next(iter(self._direct))]
        return pool

    def _proxy_of(self, address: Address) -> Proxy | None:
        """Return the proxy for a host, which is looked up once: a copy sends many requests."""
        if address.origin not in self._proxies:
            try:
                self._proxies[address.origin] = proxy_for(address)
            except UnusableProxy as error:
                raise RegistryError(
                    LoginOutcome.UNREACHABLE, f"No request was sent to {address.authority}: {error}."
                ) from None
        return self._proxies[address.origin]


def _through(proxy: Proxy) -> urllib3.PoolManager:
    """Create a pool that keeps connections through a proxy alive.

    They are never guarded: the proxy resolves the name and decides where it connects.
    """
    manager = urllib3.ProxyManager(
        proxy.address,
        _HOSTS,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=proxy.login) if proxy.login else None,
        maxsize=_CONNECTIONS,
        proxy_ssl_context=tls_context(),
    )
    manager.pool_classes_by_scheme = {**_CLASSES}
    return manager
