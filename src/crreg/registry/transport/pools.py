"""Connection pools, and the certificate authorities that TLS trusts."""

import functools
import ssl
import threading

import urllib3

from crreg.net.proxy import Proxy, UnusableProxy, proxy_for
from crreg.net.urls import Address
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport.connection import BoundedPool, BoundedTlsPool
from crreg.registry.transport.guard import GuardedPool, GuardedTlsPool

_HOSTS = 64
"""Number of hosts whose idle connections are kept."""
_CONNECTIONS = 8
"""Idle connections kept for one host."""
_tls_lock = threading.Lock()


def proxy_of(address: Address) -> Proxy | None:
    """Find the proxy for requests to an address; None for a direct connection.

    Raises:
        RegistryError: the environment names one that can't be used.
    """
    try:
        return proxy_for(address)
    except UnusableProxy as error:
        raise RegistryError(
            LoginOutcome.UNREACHABLE, f"No request was sent to {address.authority}: {error}."
        ) from None


def new_pool(proxy: Proxy | None, *, guarded: bool) -> urllib3.PoolManager:
    """Create a pool that keeps connections to each host alive, directly or through a proxy.

    Connections of a `guarded` pool never reach an address of this machine, even if a host name resolves to one. With
    a proxy, crreg cannot check that: the proxy resolves the name and decides where it connects.
    """
    pool = _new_pool(proxy)
    checked = guarded and proxy is None
    pool.pool_classes_by_scheme = {
        "http": GuardedPool if checked else BoundedPool,
        "https": GuardedTlsPool if checked else BoundedTlsPool,
    }
    return pool


def _new_pool(proxy: Proxy | None) -> urllib3.PoolManager:
    if proxy is None:
        return urllib3.PoolManager(_HOSTS, maxsize=_CONNECTIONS, ssl_context=tls_context())
    return urllib3.ProxyManager(
        proxy.address,
        _HOSTS,
        proxy_headers=urllib3.make_headers(proxy_basic_auth=proxy.login) if proxy.login else None,
        maxsize=_CONNECTIONS,
        ssl_context=tls_context(),
        proxy_ssl_context=tls_context(),
    )


def tls_context() -> ssl.SSLContext:
    """Return the TLS context, created on first use. It trusts the system's authorities, SSL_CERT_FILE, SSL_CERT_DIR.

    Not `ssl.create_default_context`, whose strict mode rejects certificates that docker accepts.
    """
    with _tls_lock:
        return _new_tls_context()


@functools.cache
def _new_tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Go, and therefore docker, reads only subject alternative names: https://go.dev/doc/go1.15#commonname
    context.hostname_checks_common_name = False
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context
