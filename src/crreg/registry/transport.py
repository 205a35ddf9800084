"""HTTP to registries and token servers: pooled, bounded in time and size, retried, and with no secret in its errors."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
    TimeoutError,  # noqa: A004 - urllib3's own, of which no builtin one is raised here
)

from crreg import __version__
from crreg.registry import network
from crreg.registry.errors import RegistryError
from crreg.registry.outcome import LoginOutcome
from crreg.registry.retry import RETRIED_STATUSES, RETRIES, pause

if TYPE_CHECKING:
    from urllib3._collections import HTTPHeaderDict

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 15.0
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
    """Counts the requests that one operation costs."""

    requests: int = 0


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, its body read and cut to a bound."""

    status: int
    url: str
    """Where it came from, after redirects."""
    headers: "HTTPHeaderDict" = field(repr=False)
    body: bytes = field(repr=False)


class Transport:
    """Sends requests within one budget of time; many threads may share it."""

    def __init__(
        self,
        *,
        budget: float,
        allow_insecure: frozenset[str] = frozenset(),
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Start the clock: `budget` is in seconds, for everything ever sent; `clock` and the rest are for tests."""
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._now = now
        self._deadline = clock() + budget
        self._allow_insecure = allow_insecure
        self._lock = threading.Lock()
        self._pools: dict[str | None, urllib3.PoolManager] = {}

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            for pool in self._pools.values():
                pool.clear()
            self._pools.clear()

    def remaining(self) -> float:
        """Seconds left of the budget."""
        return max(0.0, self._deadline - self._clock())

    def may_be_plain(self, address: str) -> bool:
        """Whether that host (and port) may be talked to in plain http."""
        host = network.host_of(address)
        return network.is_loopback(host) or not self._allow_insecure.isdisjoint({address, host})

    def request(
        self, method: str, url: str, tally: Tally, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Send one request, with redirects followed and passing faults retried.

        Raises:
            RegistryError: no answer came.
        """
        attempt = 0
        while True:
            ended = self._attempt(method, url, tally, dict(headers or {}))
            retry_after = None
            if isinstance(ended, Response):
                if ended.status not in RETRIED_STATUSES:
                    return ended
                retry_after = ended.headers.get("Retry-After")
            seconds = pause(attempt, retry_after, self._chance(), self._now())
            if attempt == RETRIES or seconds is None or seconds >= self.remaining():
                if isinstance(ended, Response):
                    return ended
                raise ended
            self._sleep(seconds)
            attempt += 1

    def _attempt(
        self,
        method: str,
        url: str,
        tally: Tally,
        headers: dict[str, str],
    ) -> "Response | BrokenConnectionError":
        try:
            return self._follow(method, url, tally, headers)
        except BrokenConnectionError as error:
            return error

    def _follow(self, method: str, url: str, tally: Tally, headers: dict[str, str]) -> Response:
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._send(method, url, tally, headers)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response
            target = self._redirect(url, location)
            if network.origin_of(target) != network.origin_of(url):
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
            url = target
        host = urlsplit(url).hostname
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY, f"{host} redirects more than {_MOST_REDIRECTS} times."
        )

    def _redirect(self, url: str, location: str) -> str:
        """Where a redirect leads, if it may be followed."""
        host = urlsplit(url).netloc
        try:
            target = urljoin(url, location)
            parts = urlsplit(target)
            secure = parts.scheme == "https"
            plain = (
                parts.scheme == "http" and urlsplit(url).scheme == "http" and self.may_be_plain(parts.netloc)
            )
            if parts.hostname and not parts.username and (secure or plain):
                return target
        except ValueError:
            pass
        if location.lower().startswith("http://"):
            raise RegistryError(
                LoginOutcome.INSECURE,
                f"{host} redirects to plain http, which was not followed: everything sent could be read on the way.",
            )
        raise RegistryError(LoginOutcome.NOT_A_REGISTRY, f"{host} redirects to no web address.")

    def _send(self, method: str, url: str, tally: Tally, headers: dict[str, str]) -> Response:
        remaining = self.remaining()
        address = urlsplit(url).netloc
        if not remaining:
            raise RegistryError(
                LoginOutcome.UNREACHABLE, f"{address} was not asked: the time for the check ran out."
            )
        with _translated(address, tally):
            answer = self._pool(url).urlopen(
                method,
                url,
                headers={"User-Agent": f"crreg/{__version__}", "Accept": "*/*", **headers},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(
                    connect=min(_CONNECT_SECONDS, remaining),
                    read=min(_READ_SECONDS, remaining),
                ),
            )
            body = self._read(answer, address)
        return Response(answer.status, url, answer.headers, body)

    def _read(self, answer: urllib3.BaseHTTPResponse, address: str) -> bytes:
        """The body up to a bound; a connection with more to come is closed, not drained."""
        body = bytearray()
        while len(body) < _LARGEST_BODY:
            chunk = answer.read1(_CHUNK)
            if not chunk:
                answer.release_conn()
                return bytes(body)
            body += chunk
            if not self.remaining():
                answer.close()
                raise RegistryError(
                    LoginOutcome.UNREACHABLE,
                    f"{address} was still sending its answer when the time for the check ran out.",
                )
        answer.close()
        return bytes(body[:_LARGEST_BODY])

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = network.proxy_for(url)
        with self._lock:
            pool = self._pools.get(proxy)
            if pool is None:
                pool = self._pools[proxy] = network.new_pool(proxy)
            return pool


@contextlib.contextmanager
def _translated(address: str, tally: Tally) -> Iterator[None]:
    """Count the request, unless no connection came about, and turn urllib3's errors into our own.

    Theirs may show an address with its query or a header's value, so they are not chained.
    """
    sent = 1
    error: RegistryError | None = None
    try:
        yield
    except SSLError as raised:
        sent, error = 0, _tls_error(address, raised)
    except NameResolutionError:
        sent, error = 0, _unreachable(f"There is no host of the name {network.host_of(address)}.")
    except NewConnectionError:
        sent, error = 0, _unreachable(f"{address} refused the connection, or no way leads to it.")
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
    tally.requests += sent
    if error is not None:
        raise error from None


def _unreachable(detail: str) -> RegistryError:
    return RegistryError(LoginOutcome.UNREACHABLE, detail)


def _protocol_error(address: str, raised: ProtocolError) -> RegistryError:
    cause = raised.args[1] if len(raised.args) > 1 else None
    if isinstance(cause, HTTPException) and not isinstance(cause, RemoteDisconnected | IncompleteRead):
        return RegistryError(
            LoginOutcome.NOT_A_REGISTRY, f"{address} answered with something other than HTTP."
        )
    return BrokenConnectionError(LoginOutcome.UNREACHABLE, f"{address} broke the connection off.")


def _tls_error(address: str, raised: SSLError) -> RegistryError:
    cause = raised.args[0] if raised.args else None
    reason = getattr(cause, "reason", None) or ""
    # Set on ssl.SSLCertVerificationError only; it names the host and the flaw, nothing that was sent.
    flaw = getattr(cause, "verify_message", "")
    if reason in _NO_TLS_REASONS:
        return NoTlsError(LoginOutcome.TLS_ERROR, f"{address} does not speak TLS.")
    if flaw:
        return RegistryError(LoginOutcome.TLS_ERROR, f"The certificate of {address} is not valid: {flaw}.")
    if "EOF" in reason or "EOF" in type(cause).__name__:
        return BrokenConnectionError(LoginOutcome.UNREACHABLE, f"{address} broke the connection off.")
    return RegistryError(
        LoginOutcome.TLS_ERROR,
        f"No TLS connection to {address} came about ({reason.replace('_', ' ').lower() or 'no reason given'}).",
    )
