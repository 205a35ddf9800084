"""Proxy variables of the environment, parsed as docker does.

Source: https://github.com/golang/net/blob/v0.38.0/http/httpproxy/proxy.go
"""

import base64
import ipaddress
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from crreg.net.urls import Address, is_loopback, parse_port

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_USABLE = frozenset({"http", "https"})
_PORT = re.compile(r"(.*):([0-9]*)", re.DOTALL)
_LOGIN = re.compile(rf"(?:{_SCHEME.pattern})?(?P<login>.*)@", re.DOTALL)
"""The user and password of a proxy, whose address may be invalid."""


class UnusableProxy(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The environment names an unusable proxy; the message says which variable and why, without its value."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that requests are sent to."""

    address: str
    """Scheme, host and port."""
    login: str | None = field(default=None, repr=False)
    """`user:password`; None if the proxy needs no login."""


def proxy_for(address: Address) -> Proxy | None:
    """Find the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY specify; never one for a loopback address.

    Raises:
        UnusableProxy: the proxy can't be used.
    """
    if is_loopback(address.host) or not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    variable = _variable(address.scheme, os.environ)
    if variable is None or passes_by(address, _first(("NO_PROXY", "no_proxy"), os.environ)[1]):
        return None
    return _parsed(*variable)


def secrets_of_proxies(environment: Mapping[str, str]) -> Iterator[str]:
    """Yield the password of each proxy that a variable names, as written and as sent.

    A user without a password may be a token.
    """
    for name, value in environment.items():
        match = _LOGIN.match(value) if name.lower().endswith("_proxy") else None
        if match is None:
            continue
        user, _, password = match["login"].partition(":")
        secret = password or user
        yield from (secret, unquote(secret))
        yield base64.b64encode(
            f"{unquote(user)}:{unquote(password)}".encode(errors="surrogateescape")
        ).decode()


def passes_by(address: Address, no_proxy: str) -> bool:
    """Return whether a NO_PROXY value excludes an address by name, domain, IP address, network or port."""
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
    """Parse a network with a prefix length; None if the entry is not one."""
    host, slash, length = entry.partition("/")
    if not slash or not (length.isascii() and length.isdigit()):
        return None
    try:
        return ipaddress.ip_network(f"{host}/{length}", strict=False)
    except ValueError:
        return None


def _split(entry: str) -> tuple[str, str]:
    """Split off the port; anything but `host:port` is only a host."""
    if entry.startswith("["):
        host, bracket, rest = entry[1:].partition("]")
        return (host, rest[1:]) if bracket and rest.startswith(":") else (entry, "")
    match = _PORT.fullmatch(entry)
    return (match[1], match[2]) if match and ":" not in match[1] else (entry, "")


def _mapped(ip: _Ip) -> _Ip:
    """Convert an IPv4-mapped IPv6 address to IPv4, because Go treats them as equal."""
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


def _variable(scheme: str, environment: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the name and value of the proxy variable for a scheme; None if there is none.

    Go does not support ALL_PROXY. curl does, and people who set it mean it for every program.
    """
    if scheme == "http" and environment.get("REQUEST_METHOD"):
        # In a CGI script, HTTP_PROXY is a header that anyone can send: https://httpoxy.org
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
        raise UnusableProxy(f"{variable} names a proxy that is neither http nor https")
    text = value if scheme else f"http://{value}"
    try:
        url = parse_url(text)
    except (LocationParseError, ValueError):
        raise UnusableProxy(f"{variable} is not a proxy address such as http://proxy.example:3128") from None
    if not url.host or (url.port is not None and parse_port(str(url.port)) is None):
        raise UnusableProxy(f"{variable} is not a proxy address such as http://proxy.example:3128")
    login = unquote(url.auth) if url.auth else None
    if login is not None and ":" not in login:
        login += ":"
    return Proxy(Url(scheme=kind, host=url.host, port=url.port).url, login)
