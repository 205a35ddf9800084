"""Whether a name that has no address here has none anywhere."""

import os
import socket

_CONTROL = "github.com."
"""A name that DNS has for everybody. The dot at its end keeps search domains out of it."""
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_MISSING = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
"""DNS says that the name does not exist, or has no address. EAI_AGAIN and EAI_FAIL say that it could not be asked.

A machine without DNS may get EAI_NONAME, too: glibc gives it where a server refuses, or where it asks none.
Source: https://man7.org/linux/man-pages/man3/getaddrinfo.3.html
"""


def behind_proxy() -> bool:
    """Whether a proxy is set, for any host: the names and certificates that it shows may be its own."""
    return any(value for name, value in os.environ.items() if name.lower() in _PROXIES)


def is_missing(host: str, error: object) -> bool:
    """Whether DNS has no address for `host`, of any kind; False if DNS is not known to work here.

    `error` is what a first lookup raised. DNS is known to work if it has an address for a name that exists. Where a
    proxy is set, the names of the internet may be the proxy's to resolve, so that nothing is known.
    """
    if behind_proxy() or not _is_no_address(error):
        return False
    return _has_no_address(host) and _has_address(_CONTROL)


def _has_no_address(host: str) -> bool:
    # urllib3 asks for IPv4 alone where the machine has no IPv6, so that it is asked for both here.
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
