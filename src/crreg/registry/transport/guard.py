"""Connections that never reach an address of this machine, or of a private network, even if a name resolves to one.

Addresses of this machine are those that always mean it (`net.is_local`), and those of its interfaces.
"""

import enum
import socket
from collections.abc import Mapping

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from crreg.net import urls
from crreg.registry.transport.connection import BoundedConnection, BoundedTlsConnection

_UNASSIGNED = {socket.AF_INET: "203.0.113.1", socket.AF_INET6: "2001:db8::1"}
"""Documentation addresses (RFC 5737 and 3849), which no machine has."""


class LedHere(HTTPError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A host that only a file or another host names resolved to an address of this machine; nothing was sent."""


class LedInside(HTTPError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A host to which one on the internet leads resolved to an address of a private network; nothing was sent."""


class Reach(enum.Enum):
    """What a connection may reach."""

    EVERYTHING = enum.auto()
    ELSEWHERE = enum.auto()
    """Not this machine."""
    INTERNET = enum.auto()
    """Neither this machine nor a private network."""


class _Guarded(HTTPConnection):
    """Resolves the name once, checks the addresses, and connects only to them: the name's addresses may change."""

    _is_outside = False
    """Whether private networks are out of reach too."""

    def _new_conn(self) -> socket.socket:
        name = self._dns_host
        error: Exception = NewConnectionError(self, "the name has no address")
        try:
            for address in self._resolved(name):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except HTTPError as raised:
                    error = raised
        finally:
            self._dns_host = name
        raise error

    def _resolved(self, name: str) -> list[str]:
        """Return the name's addresses in the system's order of preference; raises LedHere."""
        try:
            found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        if any(urls.is_local(address) or _is_own(address) for address in addresses):
            raise LedHere
        if self._is_outside and any(map(urls.is_private, addresses)):
            raise LedInside
        return addresses


class _GuardedConnection(_Guarded, BoundedConnection):
    pass


class _GuardedTlsConnection(_Guarded, BoundedTlsConnection):
    pass


class _OutsideConnection(_GuardedConnection):
    _is_outside = True


class _OutsideTlsConnection(_GuardedTlsConnection):
    _is_outside = True


CONNECTIONS: Mapping[tuple[str, Reach], type[BoundedConnection]] = {
    ("http", Reach.EVERYTHING): BoundedConnection,
    ("https", Reach.EVERYTHING): BoundedTlsConnection,
    ("http", Reach.ELSEWHERE): _GuardedConnection,
    ("https", Reach.ELSEWHERE): _GuardedTlsConnection,
    ("http", Reach.INTERNET): _OutsideConnection,
    ("https", Reach.INTERNET): _OutsideTlsConnection,
}
"""The class of a connection, by scheme and by what it may reach."""


def _is_own(address: str) -> bool:
    """Return whether an interface of this machine has the address, such as Docker's bridge; sends nothing.

    A socket can be bound only to such an address, unless the system allows all addresses (`ip_nonlocal_bind`). In
    that case the answer is unknown, and this returns False.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return _can_bind(family, address) and not _can_bind(family, _UNASSIGNED[family])


def _can_bind(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
