"""Addresses: one parser for every one of them, and which of them lead to this machine.

The parser is urllib3's, because urllib3 decides by it where a request goes. A second parser may read another host.
"""

import re
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LAST_PORT = 65535
_LONGEST = 16 * 1024
"""Characters; no server takes a longer address."""
_TEXT = re.compile(r"[!-\[\]-~]*")
"""Printable ASCII without the backslash, at which parsers differ."""
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BEGINNING = re.compile(
    r"https?://(?:[a-z0-9._-]+|\[[a-f0-9:.]+\])(?::[0-9]{0,9})?(?=[/?#]|\Z)", re.IGNORECASE
)
"""Scheme, host and port without a user, an escape or another sign that parsers read differently."""
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*\.?")

_LOOPBACK = b"\x7f"
_LOOPBACK_IPV6 = bytes(15) + b"\x01"
_LOCAL_IPV4 = (b"\x00", _LOOPBACK, b"\xa9\xfe", b"\xa8\x3f\x81\x10", b"\x64\x64\x64\xc8")
"""0.0.0.0/8 and 127.0.0.0/8 are this machine, 169.254.0.0/16 is its link (RFC 6890), with the metadata of most clouds.

168.63.129.16 is Azure's and 100.100.100.200 Alibaba's service for the machine that asks. Sources:
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
"""How IPv6 addresses that hold an IPv4 one begin, and where that is: RFC 4291, 6052, 8215 and 3056."""


class InvalidAddress(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The text is no address of the web, or one that parsers may read differently. The message does not quote it."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the web as urllib3 reads it; equal to what it reads in `url`."""

    scheme: str
    """`http` or `https`."""
    host: str
    """In lower case; an IPv6 address has no brackets."""
    port: int
    """The scheme's own where none is named."""
    target: str
    """Path and query, as they are sent. Starts with a slash; the path holds no dot segments."""

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read an address.

        Raises:
            InvalidAddress: it is none, or holds a user, a backslash, white space, a control character or an odd host.
        """
        # Imported here: it costs more than the rest of this module, and some commands ask nobody.
        from urllib3.exceptions import LocationParseError
        from urllib3.util import parse_url

        if len(text) > _LONGEST or not _TEXT.fullmatch(text) or not _BEGINNING.match(text):
            raise InvalidAddress("it is no plain address of the web")
        try:
            url = parse_url(text)
        except (LocationParseError, ValueError):
            raise InvalidAddress("it cannot be parsed") from None
        scheme, host, port = url.scheme or "", url.host or "", url.port
        if scheme not in _DEFAULT_PORTS or not _is_host(host) or port == 0:
            raise InvalidAddress("it has no usable host or port")
        target = url.request_uri
        if not target.startswith("/"):
            raise InvalidAddress("its path does not start with a slash")
        return cls(scheme, host.strip("[]"), port or _DEFAULT_PORTS[scheme], target)

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what a credential is bound to."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """Host and port, as a person writes them: without the scheme's own port, IPv6 in brackets."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{bracketed(self.host)}{port}"

    @property
    def root(self) -> str:
        """Scheme, host and port as an address: `https://ghcr.io`."""
        return f"{self.scheme}://{self.authority}"

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def url(self) -> str:
        """The whole, as it is handed to urllib3."""
        return f"{self.root}{self.target}"

    def join(self, reference: str) -> "Address":
        """Where a reference in an answer from here leads: an address, or one relative to this (RFC 3986, section 5.2).

        Raises:
            InvalidAddress: nowhere that can be told for certain.
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
        """Whether one of `hosts` names it, by host alone or by host and port."""
        host = bracketed(self.host)
        names = {self.host, host, f"{host}:{self.port}"}
        return any(name.lower() in names for name in hosts)


def bracketed(host: str) -> str:
    """The host as an address has it."""
    return f"[{host}]" if ":" in host else host


def host_of(authority: str) -> str:
    """The host of `host`, `host:port` or `[IPv6]:port`, without brackets; for texts that were parsed before."""
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.rpartition(":")[0] or authority if authority.count(":") == 1 else authority


def parse_port(digits: str) -> int | None:
    """A port from 1 to 65535, whatever zeros it starts with; None if it is none."""
    significant = digits.lstrip("0")
    if not digits.isascii() or not significant.isdigit() or len(significant) > len(str(_LAST_PORT)):
        return None
    port = int(significant)
    return port if port <= _LAST_PORT else None


def is_loopback(host: str) -> bool:
    """Whether the host is this machine by its very name: localhost, 127.0.0.0/8 or ::1.

    Names that merely resolve to a loopback address don't count: the owner of the name could change it.
    """
    if host.lower() == "localhost":
        return True
    ipv4, ipv6 = _packed(socket.AF_INET, host), _packed(socket.AF_INET6, host)
    return ipv4[:1] == _LOOPBACK or ipv6 == _LOOPBACK_IPV6


def is_local(host: str) -> bool:
    """Whether the host is this machine or on its own link, in any spelling that a resolver takes.

    Besides loopback these are unspecified and link-local addresses, cloud metadata services, `*.localhost` (RFC 6761),
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
    """Whether an IP address is of a private network, of a carrier's shared one, or of one link alone.

    Sources: RFC 1918, 3927, 6598, 4193 and 4291, section 2.5.6. Text that is no address is not private.
    """
    import ipaddress

    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    networks = map(ipaddress.ip_network, _PRIVATE_NETWORKS)
    return any(parsed in network for network in networks)


def may_lead(source: Address, target: Address) -> bool:
    """Whether an answer from `source` may lead to `target` as far as this machine is concerned.

    A host elsewhere has no business with this machine's ports. A registry on this machine may lead to itself and to
    another loopback address, such as that of its token server.
    """
    if source.host == target.host or not is_local(target.host):
        return True
    return is_loopback(source.host) and is_loopback(target.host)


def is_upgrade(source: Address, target: Address) -> bool:
    """Whether a redirect leads from plain http to https on the same host."""
    return (source.scheme, target.scheme) == ("http", "https") and source.host == target.host


def _is_host(text: str) -> bool:
    if text.startswith("["):
        return text.endswith("]") and bool(_packed(socket.AF_INET6, text[1:-1]))
    return _NAME.fullmatch(text) is not None


def _packed(family: socket.AddressFamily, host: str) -> bytes:
    """The address that `host` is, in bytes; none if it is none."""
    try:
        return socket.inet_pton(family, host)
    except (OSError, ValueError):
        return b""


def _embedded(ipv6: bytes) -> Iterator[bytes]:
    """The IPv4 addresses that an IPv6 one may stand for."""
    return (ipv6[at : at + 4] for prefix, at in _EMBEDDING if ipv6.startswith(prefix))


def _is_local_ipv4(packed: bytes) -> bool:
    return packed.startswith(_LOCAL_IPV4)
