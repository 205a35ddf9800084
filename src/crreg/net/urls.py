"""URLs: the only parser, and the checks for addresses of this machine.

The parser is urllib3's, because urllib3 uses it to send a request. Another parser may find another host.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535
_LONGEST = 16 * 1024
"""Characters; no server accepts a longer URL."""
_TEXT = re.compile(r"[!-\[\]-~]*")
"""Printable ASCII without the backslash, which parsers treat differently."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BEGINNING = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[a-f0-9:.]+\])(?::[0-9]{0,9})?(?=[/?#]|\Z)", re.IGNORECASE
)
"""Scheme, host and port, without a user, an escape or another character that parsers treat differently."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*\.?")

_LOOPBACK = b"\x7f"
_LOOPBACK_IPV6 = bytes(15) + b"\x01"
_LOCAL_IPV4 = (b"\x00", _LOOPBACK, b"\xa9\xfe", b"\xa8\x3f\x81\x10", b"\x64\x64\x64\xc8")
"""0.0.0.0/8 and 127.0.0.0/8 are this machine. 169.254.0.0/16 is its link (RFC 6890) and most clouds' metadata service.

168.63.129.16 is Azure's and 100.100.100.200 is Alibaba's service for the local machine. Sources:
https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
"""
_LOCAL_IPV6 = frozenset(
    socket.inet_pton(socket.AF_INET6, text) for text in ("::", "::1", "fd00:ec2::254", "fd20:ce::254")
)
"""The last two are the metadata services of AWS and Google. Sources:
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
https://cloud.google.com/compute/docs/metadata/querying-metadata
"""
_PRIVATE_NETWORKS = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "100.64.0.0/10",
    "fc00::/7",
    "fe80::/10",
)
_EMBEDDING = (
    (bytes(10) + b"\xff\xff", 12),
    (bytes(12), 12),
    (socket.inet_pton(socket.AF_INET6, "64:ff9b::")[:12], 12),
    (socket.inet_pton(socket.AF_INET6, "64:ff9b:1::")[:6], 12),
    (socket.inet_pton(socket.AF_INET6, "2002::")[:2], 2),
)
"""Prefixes of IPv6 addresses that contain an IPv4 address, and its position: RFC 4291, 6052, 8215 and 3056."""


class InvalidAddress(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The text is not an http or https URL, or parsers may disagree on it. The message does not quote it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https URL as urllib3 parses it. Parsing `url` again gives an equal value."""

    scheme: str
    """`http` or `https`."""
    host: str
    """Lower case; an IPv6 address has no brackets."""
    port: int
    """The scheme's default port if the URL has none."""
    target: str
    """Path and query, as sent. Starts with a slash; the path has no dot segments."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Parse a URL.

        Raises:
            InvalidAddress: it is not a URL, or has a user, a backslash, white space, a control character or a bad host.
        """
        # Imported here because it costs more than the rest of this module, and some commands send no request.
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        if len(text) > _LONGEST or not _TEXT.fullmatch(text) or not _BEGINNING.match(text):
            raise InvalidAddress("it is not a plain http or https URL")
        try:
            url = parse_url(text)
        except (LocationParseError, ValueError):
            raise InvalidAddress("it can't be parsed") from None
        scheme, host, port = url.scheme or "", url.host or "", url.port
        if scheme not in _DEFAULT_PORTS or not _is_host(host) or port == 0:
            raise InvalidAddress("it has no usable host or port")
        target = url.request_uri
        if not target.startswith("/"):
            raise InvalidAddress("its path does not start with a slash")
        return cls(scheme, host.strip("[]"), port or _DEFAULT_PORTS[scheme], target)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port, which a credential is bound to."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port as people write them: without the scheme's default port, and IPv6 in brackets."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{bracketed(self.host)}{port}"

    @property
    def root(self) -> str:
        """Scheme, host and port as a URL: `https://ghcr.io`."""
        return f"{self.scheme}://{self.authority}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def url(self) -> str:
        """The whole URL, as passed to urllib3."""
        return f"{self.root}{self.target}"

    def at(self, target: str) -> "Address":
        """Return another target on the same host, which must be as `target` says."""
        return Address(self.scheme, self.host, self.port, target)

    def join(self, reference: str) -> "Address":
        """Resolve a reference in a response: a URL, or one relative to this (RFC 3986, section 5.2).

        Raises:
            InvalidAddress: the result is not a valid URL.
        """
        reference = reference.partition("#")[0]
        if _SCHEME.match(reference):
            return Address.parse(reference)
        if reference.startswith("//"):
            return Address.parse(f"{self.scheme}:{reference}")
        if reference.startswith("/"):
            return Address.parse(f"{self.root}{reference}")
        if reference.startswith("?"):
            return Address.parse(f"{self.root}{self.path}{reference}")
        if not reference:
            return self
        folder = self.path.rpartition("/")[0]
        return Address.parse(f"{self.root}{folder}/{reference}")

    def is_in(self, hosts: Iterable[str]) -> bool:
        """Return whether `hosts` contains its host, or its host and port."""
        host = bracketed(self.host)
        names = {self.host, host, f"{host}:{self.port}"}
        return any(name.lower() in names for name in hosts)


def bracketed(host: str) -> str:
    """Return a host as it is written in a URL."""
    return f"[{host}]" if ":" in host else host


def host_of(authority: str) -> str:
    """Return the host of `host`, `host:port` or `[IPv6]:port`, without brackets; only for valid texts."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.rpartition(":")[0] or authority if authority.count(":") == 1 else authority


def parse_port(digits: str) -> int | None:
    """Parse a port from 1 to 65535, with or without leading zeros; None if it is not one."""
    significant = digits.lstrip("0")
    if not digits.isascii() or not significant.isdigit() or len(significant) > len(str(_LAST_PORT)):
        return None
    port = int(significant)
    return port if port <= _LAST_PORT else None


def is_loopback(host: str) -> bool:
    """Return whether the host's name itself means this machine: localhost, 127.0.0.0/8 or ::1.

    Names that merely resolve to a loopback address don't count: the owner of the name could change it.
    """
    if host.lower() == "localhost":
        return True
    ipv4, ipv6 = _packed(socket.AF_INET, host), _packed(socket.AF_INET6, host)
    return ipv4[:1] == _LOOPBACK or ipv6 == _LOOPBACK_IPV6


def is_local(host: str) -> bool:
    """Return whether the host is this machine or on its local link, in any spelling that a resolver accepts.

    Besides loopback, these are unspecified and link-local addresses, cloud metadata services, `*.localhost` (RFC 6761),
    and short, decimal, octal and hexadecimal spellings (inet_aton). Nothing is resolved.
    """
    name = host.lower().partition("%")[0].rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    ipv6 = _packed(socket.AF_INET6, name)
    if ipv6:
        link_local = ipv6[0] == 0xFE and ipv6[1] & 0xC0 == 0x80  # noqa: PLR2004 - fe80::/10
        return link_local or ipv6 in _LOCAL_IPV6 or any(map(_is_local_ipv4, _embedded(ipv6)))
    try:
        return _is_local_ipv4(socket.inet_aton(name))
    except (OSError, ValueError):
        return False


def is_private(address: str) -> bool:
    """Return whether an IP address is private, shared by a carrier, or link-local.

    Sources: RFC 1918, 3927, 6598, 4193 and 4291, section 2.5.6. Text that is not an IP address is not private.
    """
    import ipaddress

    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    embedded = _embedded(parsed.packed) if isinstance(parsed, ipaddress.IPv6Address) else ()
    addresses = (parsed, *map(ipaddress.IPv4Address, embedded))
    networks = tuple(map(ipaddress.ip_network, _PRIVATE_NETWORKS))
    return any(each in network for each in addresses for network in networks)


def may_lead(source: Address, target: Address) -> bool:
    """Return whether a response from `source` may lead to `target`, judged only by this machine's safety.

    A host elsewhere must not lead to this machine's ports. A registry on this machine may lead to itself and to another
    loopback address, such as its token server.
    """
    if source.host == target.host or not is_local(target.host):
        return True
    return is_loopback(source.host) and is_loopback(target.host)


def is_upgrade(source: Address, target: Address) -> bool:
    """Return whether a redirect leads from plain http to https on the same host."""
    return (source.scheme, target.scheme) == ("http", "https") and source.host == target.host


def _is_host(text: str) -> bool:
    if text.startswith("["):
        return text.endswith("]") and bool(_packed(socket.AF_INET6, text[1:-1]))
    return _NAME.fullmatch(text) is not None


def _packed(family: socket.AddressFamily, host: str) -> bytes:
    """Return an IP address as bytes; empty if `host` is not an IP address."""
    try:
        return socket.inet_pton(family, host)
    except (OSError, ValueError):
        return b""


def _embedded(ipv6: bytes) -> Iterator[bytes]:
    """Yield the IPv4 addresses that an IPv6 address may contain."""
    return (ipv6[at : at + 4] for prefix, at in _EMBEDDING if ipv6.startswith(prefix))


def _is_local_ipv4(packed: bytes) -> bool:
    return packed.startswith(_LOCAL_IPV4)
