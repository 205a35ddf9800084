"""Connection errors, in words that are safe to show."""

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
    TimeoutError,  # noqa: A004 - urllib3's base class of all timeouts
)

from crreg.net.urls import host_of
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import Fault, LoginOutcome
from crreg.registry.transport.guard import LedHere, LedInside
from crreg.registry.transport.names import behind_proxy, is_missing
from crreg.registry.transport.speed import Stalled, least_speed

# OpenSSL's reasons for a response that is not TLS at all.
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
    LedInside,
)
"""Errors before the request was sent."""
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
"""Variables that make a caller trust other authorities than a codespace does. A network that needs them may replace
other hosts' certificates with its own, which a codespace does not see."""


class BrokenConnectionError(RegistryError):
    """The connection broke; another attempt may succeed."""


class UnansweredError(RegistryError):
    """The server did not accept the connection, or did not answer, in time."""


class RedirectedError(RegistryError):
    """The server redirects to another host where only its own response counts."""

    def __init__(self, source: str, target: str) -> None:
        """`source` and `target` are hosts, with ports, that are safe to show."""
        super().__init__(
            LoginOutcome.NOT_A_REGISTRY,
            f"{source} redirects to {target}, and no login was tried there. If {target} is the registry that you mean, "
            f"store it as SERVER and use it in image names.",
        )


class NoTlsError(RegistryError):
    """The server's reply to the TLS handshake is not TLS, as from a server that uses plain http."""


_WORDS: tuple[tuple[type[Exception], str, type[RegistryError]], ...] = (
    (LocationValueError, "{host} is not a valid host name.", RegistryError),
    (ConnectTimeoutError, "{address} did not accept the connection in time.", UnansweredError),
    (Stalled, "The transfer with {address} stalled: it moved fewer than {least}.", RegistryError),
    (TimeoutError, "{address} did not answer in time.", UnansweredError),
)
"""Messages for errors that need no closer look; the first match wins."""


@dataclass(slots=True)
class Tally:
    """Counts the requests of one operation. Thread-safe."""

    requests: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, requests: int) -> None:
        """Add to the count."""
        with self._lock:
            self.requests += requests


@contextlib.contextmanager
def translated(address: str, tally: Tally) -> Iterator[None]:
    """Count the request if it was sent, and turn urllib3's errors into our own.

    urllib3's errors may contain a URL with its query or a header's value, so they are not chained.
    """
    error: RegistryError | None = None
    sent = 1
    try:
        yield
    except (HTTPError, OSError, ValueError) as raised:
        sent = 0 if isinstance(raised, _NOT_SENT) else 1
        error = _translated(address, raised)
    tally.add(sent)
    try:
        if error is not None:
            raise error from None
    finally:
        # It refers to this frame by its traceback, and so to the buffers of all frames that it passes.
        del error


def _translated(address: str, raised: Exception) -> RegistryError:
    # First, because in urllib3 it is a subclass of the timeout errors below (and the base of name resolution errors).
    if isinstance(raised, NewConnectionError):
        return _no_connection(address, raised)
    for kind, words, error in _WORDS:
        if isinstance(raised, kind):
            detail = words.format(address=address, host=host_of(address), least=least_speed())
            return error(LoginOutcome.UNREACHABLE, detail)
    match raised:
        case SSLError():
            return _tls_error(address, raised)
        case LedHere() | LedInside():
            return local(address) if isinstance(raised, LedHere) else _inside(address)
        case ProtocolError() | ProxyError():
            return _protocol_error(address, raised)
        case _:
            return _unreachable(f"The request to {address} failed ({type(raised).__name__}).")


def local(address: str) -> RegistryError:
    """Return the error for a host that is, or resolves to, this machine, and that no caller named."""
    return RegistryError(
        LoginOutcome.INSECURE,
        f"{address} is an address of this machine or its local link. Only a file or another host names it, so crreg "
        f"did not connect. If you mean it, add --allow-insecure {address} (input allow-insecure).",
    )


def _inside(address: str) -> RegistryError:
    return RegistryError(
        LoginOutcome.INSECURE,
        f"{address} is in a private network, and a host on the internet leads there, so crreg did not connect. If you "
        f"mean it, add --allow-insecure {address} (input allow-insecure).",
    )


def _broken_off(address: str) -> BrokenConnectionError:
    return BrokenConnectionError(LoginOutcome.UNREACHABLE, f"{address} closed the connection unexpectedly.")


def _no_address(host: str, raised: NameResolutionError) -> RegistryError:
    # `host` may have been redacted for display, so use the name from the connection.
    if not is_missing(raised.conn.host, raised.__cause__):
        return _unreachable(f"Could not resolve the host name {host} on this machine.")
    detail = f"{host} does not exist: DNS has no address for it."
    return RegistryError(LoginOutcome.UNREACHABLE, detail, fault=Fault.NO_SUCH_HOST)


def _no_connection(address: str, raised: NewConnectionError) -> RegistryError:
    if isinstance(raised, NameResolutionError):
        return _no_address(host_of(address), raised)
    if isinstance(raised.__cause__, ConnectionResetError):
        return _broken_off(address)
    return _unreachable(f"Could not connect to {address}: connection refused or host unreachable.")


def _unreachable(detail: str) -> RegistryError:
    return RegistryError(LoginOutcome.UNREACHABLE, detail)


def _protocol_error(address: str, raised: ProtocolError | ProxyError) -> RegistryError:
    cause = raised.args[1] if len(raised.args) > 1 else None
    # http.client closes a connection that ended without a response. To urllib3 it then looks like one that never
    # reached the proxy.
    if isinstance(raised, ProxyError) and not isinstance(cause, ConnectionResetError):
        return _unreachable(f"The proxy could not connect to {address}.")
    if isinstance(cause, HTTPException) and not isinstance(cause, RemoteDisconnected | IncompleteRead):
        return RegistryError(LoginOutcome.NOT_A_REGISTRY, f"The response from {address} is not HTTP.")
    return _broken_off(address)


def _tls_error(address: str, raised: SSLError) -> RegistryError:
    cause = raised.args[0] if raised.args else None
    reason = getattr(cause, "reason", None) or ""
    # Only ssl.SSLCertVerificationError has it. It has the host and the problem, and nothing that was sent.
    flaw = getattr(cause, "verify_message", "")
    if reason in _NO_TLS_REASONS:
        return NoTlsError(LoginOutcome.TLS_ERROR, f"{address} does not support TLS.")
    if flaw:
        fault = _certificate_fault(cause)
        # Docker is written in Go, which ignores common names: https://go.dev/doc/go1.15#commonname
        names = " Docker reads only its subject alternative names, not its common name."
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
    """Return the fault that a codespace would find too; None if it may see another certificate or trust this one."""
    code = cause.verify_code if isinstance(cause, ssl.SSLCertVerificationError) else 0
    fault = _CERTIFICATE_FAULTS.get(code)
    own = behind_proxy() or any(os.environ.get(name) for name in _OWN_AUTHORITIES)
    return fault if fault is Fault.WRONG_NAME or not own else None
