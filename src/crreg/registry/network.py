"""Which way a request takes: loopback or not, through a proxy or not, and whom TLS trusts."""

import functools
import os
import socket
import ssl
import threading
from urllib.parse import unquote, urlsplit

import urllib3

from crreg.registry.connection import BoundedPool, BoundedTlsPool

_HOSTS = 64
"""Hosts whose idle connections are kept."""
_CONNECTIONS = 8
"""Idle connections kept for one host."""
_LOOPBACK_NETWORK = b"\x7f"
_LOOPBACK_IPV6 = bytes(15) + b"\x01"
_tls_lock = threading.Lock()


def host_of(address: str) -> str:
    """The host of `host`, `host:port` or `[IPv6]:port`, without brackets."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.rpartition(":")[0] or address if address.count(":") == 1 else address


def origin_of(url: str) -> tuple[str, str | None, int]:
    """Scheme, host and port: what a credential is bound to."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its very name: localhost, 127.0.0.0/8 or ::1.

    Names that merely resolve to a loopback address don't count: whoever answers for the name could change it.
    """
    if host.lower() == "localhost":
        return True
    ipv4, ipv6 = _packed(socket.AF_INET, host), _packed(socket.AF_INET6, host)
    return ipv4[:1] == _LOOPBACK_NETWORK or ipv6 == _LOOPBACK_IPV6


def _packed(family: socket.AddressFamily, host: str) -> bytes:
    """The address that `host` is, in bytes; none if it is none."""
    try:
        return socket.inet_pton(family, host)
    except (OSError, ValueError):
        return b""


def proxy_for(url: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY ask for; never one for a loopback address."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(host):
        return None
    # Imported here: it costs more than all the rest, and few runs have a proxy.
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    if proxy_bypass(parts.netloc):
        return None
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def new_pool(proxy: str | None) -> urllib3.PoolManager:
    """Connections that are kept alive for each host, straight or through a proxy."""
    pool = _new_pool(proxy)
    pool.pool_classes_by_scheme = {"http": BoundedPool, "https": BoundedTlsPool}
    return pool


def _new_pool(proxy: str | None) -> urllib3.PoolManager:
    if proxy is None:
        return urllib3.PoolManager(_HOSTS, maxsize=_CONNECTIONS, ssl_context=tls_context())
    parts = urlsplit(proxy)
    headers = None
    if parts.username:
        headers = urllib3.make_headers(
            proxy_basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}",
        )
    return urllib3.ProxyManager(
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
        _HOSTS,
        proxy_headers=headers,
        maxsize=_CONNECTIONS,
        ssl_context=tls_context(),
        proxy_ssl_context=tls_context(),
    )


def tls_context() -> ssl.SSLContext:
    """The one TLS context, made when first needed: it trusts the system's authorities, SSL_CERT_FILE, SSL_CERT_DIR.

    Not `ssl.create_default_context`, whose strict mode refuses certificates that docker takes.
    """
    with _tls_lock:
        return _new_tls_context()


@functools.cache
def _new_tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    return context
