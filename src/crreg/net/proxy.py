"""Proxies as the environment names them, read the way docker reads them.

Source: https://github.com/golang/net/blob/v0.38.0/http/httpproxy/proxy.go
"""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from crreg.net.urls import Address, is_loopback, parse_port

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USABLE = frozenset({"http", "https"})
_PORT = re.compile(r"(.*):([0-9]*)", re.DOTALL)


class UnusableProxy(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The environment names a proxy that can't be used; the message says which variable and why, without its value."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where requests go instead of to their hosts."""

    address: str
    """Scheme, host and port."""
    login: str | None = field(default=None, repr=False)
    """`user:password` as it is sent; None if the proxy wants none."""


def proxy_for(address: Address) -> Proxy | None:
    """Find the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY ask for; never one for a loopback address.

    Raises:
        UnusableProxy: they name one that can't be used.
    """
    if is_loopback(address.host) or not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    variable = _variable(address.scheme, os.environ)
    if variable is None or passes_by(address, _first(("NO_PROXY", "no_proxy"), os.environ)[1]):
        return None
    return _parsed(*variable)


def passes_by(address: Address, no_proxy: str) -> bool:
    """Whether a value of NO_PROXY exempts an address: by name, domain, IP address, network or port."""
    try:
        ip = _mapped(ipaddress.ip_address(address.host))
    except ValueError:
        ip = None
    return any(_matches(entry.strip().lower(), address, ip) for entry in no_proxy.split(","))


_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def _matches(entry: str, address: Address, ip: _Ip | None) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is not None:
        return ip is not None and ip in network
    host, port = _split(entry)
    if not host or port not in {"", str(address.port)}:
        return False
    try:
        return _mapped(ipaddress.ip_address(host)) == ip
    except ValueError:
        pass
    suffix = host.removeprefix("*") if host.startswith("*.") else host
    if suffix.startswith("."):
        return address.host.endswith(suffix)
    return address.host == suffix or address.host.endswith(f".{suffix}")


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Read a network with its prefix's length; None if the entry is none."""
    host, slash, length = entry.partition("/")
    if not slash or not (length.isascii() and length.isdigit()):
        return None
    try:
        return ipaddress.ip_network(f"{host}/{length}", strict=False)
    except ValueError:
        return None


def _split(entry: str) -> tuple[str, str]:
    """Take a port off; what is no `host:port` is a host as a whole."""
    if entry.startswith("["):
        host, bracket, rest = entry[1:].partition("]")
        return (host, rest[1:]) if bracket and rest.startswith(":") else (entry, "")
    match = _PORT.fullmatch(entry)
    return (match[1], match[2]) if match and ":" not in match[1] else (entry, "")


def _mapped(ip: _Ip) -> _Ip:
    """Go compares an IPv4 address and the IPv6 one that stands for it as equal."""
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _variable(scheme: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Find the variable that names a proxy for a scheme, and its value; None if there is none.

    Go knows no ALL_PROXY. curl does, and who sets it means it for every program.
    """
    if scheme == "http" and environment.get("REQUEST_METHOD"):
        # As a CGI script's, HTTP_PROXY is a header that anybody can send: https://httpoxy.org
        names: tuple[str, ...] = ()
    else:
        names = (f"{scheme.upper()}_PROXY", f"{scheme}_proxy")
    name, value = _first((*names, "ALL_PROXY", "all_proxy"), environment)
    return (name, value) if value else None


def _first(names: tuple[str, ...], environment: Mapping[str, str]) -> tuple[str, str]:
    return next(((name, environment[name]) for name in names if environment.get(name)), ("", ""))


def _parsed(variable: str, value: str) -> Proxy:
    from urllib3.exceptions import LocationParseError
    from urllib3.util import Url, parse_url

    scheme = _SCHEME.match(value)
    kind = scheme[1].lower() if scheme else "http"
    if kind.startswith("socks"):
        raise UnusableProxy(
            f"{variable} names a SOCKS proxy, which crreg can't use. Set HTTPS_PROXY to an HTTP proxy, or unset "
            f"{variable}"
        )
    if kind not in _USABLE:
        raise UnusableProxy(f"{variable} names a proxy of a kind that is neither http nor https")
    text = value if scheme else f"http://{value}"
    try:
        url = parse_url(text)
    except (LocationParseError, ValueError):
        raise UnusableProxy(
            f"{variable} is no address of a proxy, such as http://proxy.example:3128"
        ) from None
    if not url.host or (url.port is not None and parse_port(str(url.port)) is None):
        raise UnusableProxy(f"{variable} is no address of a proxy, such as http://proxy.example:3128")
    login = unquote(url.auth) if url.auth else None
    if login is not None and ":" not in login:
        login += ":"
    return Proxy(Url(scheme=kind, host=url.host, port=url.port).url, login)
