"""Connections that lead to no address of this machine, whatever name resolves to it."""

import socket

from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

from crreg import net
from crreg.registry.connection import (
    BoundedConnection,
    BoundedPool,
    BoundedTlsConnection,
    BoundedTlsPool,
)


class LedHere(HTTPError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """A host that only a file or another host names resolves to an address of this machine; nothing was sent."""


class _Guarded(HTTPConnection):
    """Resolves the name once, looks at what it got, and connects to nothing else: the name may change meanwhile."""

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
        """The addresses of the name, in the order in which the system wants them tried; raises LedHere."""
        try:
            found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
        if any(map(net.is_local, addresses)):
            raise LedHere
        return addresses


class _GuardedConnection(_Guarded, BoundedConnection):
    pass


class _GuardedTlsConnection(_Guarded, BoundedTlsConnection):
    pass


class GuardedPool(BoundedPool):
    """Connections to one host."""

    ConnectionCls = _GuardedConnection


class GuardedTlsPool(BoundedTlsPool):
    """The same over TLS."""

    ConnectionCls = _GuardedTlsConnection
