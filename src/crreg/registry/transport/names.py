"""Find out whether a host name that can't be resolved here does not exist at all."""

import os
import socket

_CONTROL = "github.com."
"""A name that resolves everywhere. The final dot excludes search domains."""
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_MISSING = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""The name does not exist or has no address. EAI_AGAIN and EAI_FAIL mean that the DNS query failed.

A machine without DNS may get EAI_NONAME too: glibc returns it if a server refuses, or if there is none.
Source: https://man7.org/linux/man-pages/man3/getaddrinfo.3.html
"""


def behind_proxy() -> bool:
    """Return whether a proxy is set for any host; it may resolve names and replace certificates itself."""
    return any(value for name, value in os.environ.items() if name.lower() in _PROXIES)


def is_missing(host: str, error: object) -> bool:
    """Return whether DNS has no address at all for `host`; False if DNS may not work here.

    `error` is what the first lookup raised. DNS works if it resolves a name that exists. With a proxy the answer is
    unknown, because the proxy may be the one that resolves names.
    """
    if behind_proxy() or not _is_no_address(error):
        return False
    return _has_no_address(host) and _has_address(_CONTROL)


def _has_no_address(host: str) -> bool:
    # urllib3 requests only IPv4 addresses on a machine without IPv6. Here we request both.
    try:
        socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        return _is_no_address(error)
    except (OSError, UnicodeError):
        return False
    return False


def _is_no_address(error: object) -> bool:
    return isinstance(error, socket.gaierror) and error.errno in _MISSING


def _has_address(host: str) -> bool:
    try:
        return bool(socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError):
        return False
