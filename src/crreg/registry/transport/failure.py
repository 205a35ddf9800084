"""What went wrong on the way to a server, in words that are safe to show."""

import contextlib
import os
import ssl
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

from crreg.net.urls import host_of
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.transport.guard import LedHere
from crreg.registry.transport.names import behind_proxy, is_missing
from crreg.registry.transport.speed import Stalled, least_speed

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
_NOT_SENT = (
    SSLError,
    LocationValueError,
    NewConnectionError,
    ConnectTimeoutError,
    ProxyError,
    LedHere,
)
"""Errors before the request was sent."""
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (LocationValueError, "{host} is no name that a host can have."),
    (ConnectTimeoutError, "{address} did not take the connection in time."),
    (ProxyError, "The proxy did not connect to {address}."),
    (Stalled, "The transfer with {address} stalled: it moved fewer than {least}."),
    (TimeoutError, "{address} did not answer in time."),
)
"""Errors that need no closer look, in words; the first that fits counts."""
_CERTIFICATE_FAULTS = {
    62: Fault.WRONG_NAME,
    64: Fault.WRONG_NAME,
    9: Fault.EXPIRED,
    10: Fault.EXPIRED,
    18: Fault.UNTRUSTED,
    19: Fault.UNTRUSTED,
    20: Fault.UNTRUSTED,
    21: Fault.UNTRUSTED,
}
"""By OpenSSL's code: X509_V_ERR_HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH, CERT_NOT_YET_VALID, CERT_HAS_EXPIRED,
DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY and
UNABLE_TO_VERIFY_LEAF_SIGNATURE. A missing intermediate is one of the last two, and docker does not fetch it either.
Source: https://github.com/openssl/openssl/blob/master/include/openssl/x509_vfy.h.in
"""
_OWN_AUTHORITIES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables by which a caller trusts other authorities than a codespace does. A network that needs them shows its own
certificates for other hosts, which say nothing of what a codespace sees."""


class BrokenConnectionError(RegistryError):
    """The connection ended in the middle; another attempt may fare better."""


class RedirectedError(RegistryError):
    """The server leads to another host where only its own answer counts."""

    def __init__(self, source: str, target: str) -> None:
        """Both are hosts (and ports), as a person may be told."""
        super().__init__(
            LoginOutcome.NOT_A_REGISTRY,
            f"{source} redirects to {target}. No login was tried there: if {target} is the registry that you mean, "
            f"store that as SERVER, and name it in images.",
        )


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
    error: RegistryError | None = None
    sent = 1
    try:
        yield
    except (HTTPError, OSError, ValueError) as raised:
        sent = 0 if isinstance(raised, _NOT_SENT) else 1
        error = _translated(address, raised)
    tally.add(sent)
    if error is not None:
        raise error from None


def _translated(address: str, raised: Exception) -> RegistryError:
    # To urllib3 it is a kind of the one that is late, and a name that has no address is a kind of it.
    if isinstance(raised, NewConnectionError):
        return _no_connection(address, raised)
    for kind, words in _WORDS:
        if isinstance(raised, kind):
            return _unreachable(words.format(address=address, host=host_of(address), least=least_speed()))
    match raised:
        case SSLError():
            return _tls_error(address, raised)
        case LedHere():
            return local(address)
        case ProtocolError():
            return _protocol_error(address, raised)
        case _:
            return _unreachable(f"The request to {address} failed ({type(raised).__name__}).")


def local(address: str) -> RegistryError:
    """The refusal of a host that is this machine, by its name or by what that resolves to, and that no caller named."""
    return RegistryError(
        LoginOutcome.INSECURE,
        f"{address} is an address of this machine or of its own network link. Only a file or another host names it, "
        f"so it was not asked. If it is meant, add --allow-insecure {address} (input allow-insecure).",
    )


def _broken_off(address: str) -> BrokenConnectionError:
    return BrokenConnectionError(LoginOutcome.UNREACHABLE, f"{address} closed the connection unexpectedly.")


def _no_address(host: str, raised: NameResolutionError) -> RegistryError:
    # What is shown may have been cleaned of a password, so the name that was asked for is the connection's.
    if not is_missing(raised.conn.host, raised.__cause__):
        return _unreachable(f"The name {host} could not be resolved from here.")
    detail = f"{host} does not exist: its name has no address."
    return RegistryError(LoginOutcome.UNREACHABLE, detail, fault=Fault.NO_SUCH_HOST)


def _no_connection(address: str, raised: NewConnectionError) -> RegistryError:
    if isinstance(raised, NameResolutionError):
        return _no_address(host_of(address), raised)
    if isinstance(raised.__cause__, ConnectionResetError):
        return _broken_off(address)
    return _unreachable(f"Could not connect to {address}: connection refused or host unreachable.")


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
        fault = _certificate_fault(cause)
        # Docker is written in Go, which ignores common names: https://go.dev/doc/go1.15#commonname
        names = " Docker reads its subject alternative names only, not its common name."
        detail = f"The certificate of {address} is not valid: {flaw.rstrip('.')}."
        return RegistryError(
            LoginOutcome.TLS_ERROR, f"{detail}{names if fault is Fault.WRONG_NAME else ''}", fault=fault
        )
    if "EOF" in reason or "EOF" in type(cause).__name__:
        return _broken_off(address)
    return RegistryError(
        LoginOutcome.TLS_ERROR,
        f"The TLS handshake with {address} failed ({reason.replace('_', ' ').lower() or 'no reason given'}).",
    )


def _certificate_fault(cause: object) -> Fault | None:
    """What a codespace would find wrong with the certificate; None if it may see another one, or trust this one."""
    code = cause.verify_code if isinstance(cause, ssl.SSLCertVerificationError) else 0
    fault = _CERTIFICATE_FAULTS.get(code)
    own = behind_proxy() or any(os.environ.get(name) for name in _OWN_AUTHORITIES)
    return fault if fault is Fault.WRONG_NAME or not own else None
