"""What went wrong on the way to a server, in words that are safe to show."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,  # noqa: A004 - here it is the one name for an answer that is late
)

from crreg.registry.errors import RegistryError
from crreg.registry.network import host_of
from crreg.registry.outcome import LoginOutcome

# What OpenSSL says of an answer that is no TLS at all.
_NO_TLS_REASONS = frozenset(
    {
        "HTTP_REQUEST",
        "PACKET_LENGTH_TOO_LONG",
        "RECORD_LAYER_FAILURE",
        "UNKNOWN_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    },
)


class BrokenConnectionError(RegistryError):
    """The connection ended in the middle; another attempt may fare better."""


class NoTlsError(RegistryError):
    """The server answered the TLS handshake with something else, as one does that speaks plain http."""


@dataclass(slots=True)
class Tally:
    """Counts the requests that one operation costs; many threads may share it."""

    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, requests: int) -> None:
        """Count that many more."""
        with self._lock:
            self.requests += requests


@contextlib.contextmanager
def translated(address: str, tally: Tally) -> Iterator[None]:
    """Count the request, unless no connection came about, and turn urllib3's errors into our own.

    Theirs may show an address with its query or a header's value, so they are not chained.
    """
    sent = 1
    error: RegistryError | None = None
    try:
        yield
    except SSLError as raised:
        sent, error = 0, _tls_error(address, raised)
    except (NameResolutionError, LocationValueError):
        sent, error = 0, _unreachable(f"There is no host of the name {host_of(address)}.")
    except NewConnectionError as raised:
        sent, error = 0, _no_connection(address, raised)
    except ConnectTimeoutError:
        sent, error = 0, _unreachable(f"{address} did not take the connection in time.")
    except ProxyError:
        sent, error = 0, _unreachable(f"The proxy did not connect to {address}.")
    except TimeoutError:
        error = _unreachable(f"{address} did not answer in time.")
    except ProtocolError as raised:
        error = _protocol_error(address, raised)
    except (HTTPError, OSError, ValueError) as raised:
        error = _unreachable(f"The request to {address} failed ({type(raised).__name__}).")
    tally.add(sent)
    if error is not None:
        raise error from None


def _broken_off(address: str) -> BrokenConnectionError:
    return BrokenConnectionError(LoginOutcome.UNREACHABLE, f"{address} broke the connection off.")


def _no_connection(address: str, raised: NewConnectionError) -> RegistryError:
    if isinstance(raised.__cause__, ConnectionResetError):
        return _broken_off(address)
    return _unreachable(f"{address} refused the connection, or no way leads to it.")


def _unreachable(detail: str) -> RegistryError:
    return RegistryError(LoginOutcome.UNREACHABLE, detail)


def _protocol_error(address: str, raised: ProtocolError) -> RegistryError:
    cause = raised.args[1] if len(raised.args) > 1 else None
    if isinstance(cause, HTTPException) and not isinstance(cause, RemoteDisconnected | IncompleteRead):
        return RegistryError(
            LoginOutcome.NOT_A_REGISTRY, f"{address} answered with something other than HTTP."
        )
    return _broken_off(address)


def _tls_error(address: str, raised: SSLError) -> RegistryError:
    cause = raised.args[0] if raised.args else None
    reason = getattr(cause, "reason", None) or ""
    # Set on ssl.SSLCertVerificationError only; it names the host and the flaw, nothing that was sent.
    flaw = getattr(cause, "verify_message", "")
    if reason in _NO_TLS_REASONS:
        return NoTlsError(LoginOutcome.TLS_ERROR, f"{address} does not speak TLS.")
    if flaw:
        return RegistryError(
            LoginOutcome.TLS_ERROR, f"The certificate of {address} is not valid: {flaw.rstrip('.')}."
        )
    if "EOF" in reason or "EOF" in type(cause).__name__:
        return _broken_off(address)
    return RegistryError(
        LoginOutcome.TLS_ERROR,
        f"No TLS connection to {address} came about ({reason.replace('_', ' ').lower() or 'no reason given'}).",
    )
