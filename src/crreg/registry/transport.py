"""HTTP to registries and token servers: pooled, bounded in time and size, retried, and with no secret in its errors."""

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, TimeoutError  # noqa: A004 - here it is the one name for an answer that is late

from crreg import __version__
from crreg.registry import network
from crreg.registry.credentials import sent_secrets
from crreg.registry.errors import RegistryError, clean
from crreg.registry.failure import BrokenConnectionError, Tally, translated
from crreg.registry.outcome import LoginOutcome
from crreg.registry.retry import RETRIED_STATUSES, RETRIES, pause
from crreg.registry.watchdog import WATCHDOG

if TYPE_CHECKING:
    from urllib3._collections import HTTPHeaderDict

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 15.0
_BODY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, its body read and cut to a bound."""

    status: int
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

    def may_lead_plainly(self, source: str, target: str) -> bool:
        """Whether what `source` answers may lead to `target` in plain http.

        A host elsewhere has no business with this machine's own ports.
        """
        own = network.is_loopback(network.host_of(target))
        stays = not own or network.is_loopback(network.host_of(source))
        return stays and self.may_be_plain(source) and self.may_be_plain(target)

    def request(
        self,
        method: str,
        url: str,
        tally: Tally,
        headers: Mapping[str, str] | None = None,
        *,
        retries: int = RETRIES,
    ) -> Response:
        """Send one request, with redirects followed and passing faults retried, at most `retries` times.

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
            if attempt >= retries or seconds is None or seconds >= self.remaining():
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
        sent = sent_secrets(headers.get("Authorization", ""))
        address = urlsplit(url).netloc
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._send(method, url, address, tally, headers)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response
            target = self._redirect(url, address, location)
            if network.origin_of(target) != network.origin_of(url):
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
                # A server that knows the password can redirect to a host of that name.
                address = clean(urlsplit(target).netloc, sent) or "another host"
            url = target
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY,
            f"{network.host_of(address)} redirects more than {_MOST_REDIRECTS} times.",
        )

    def _redirect(self, url: str, host: str, location: str) -> str:
        """Where a redirect leads, if it may be followed; `host` is who redirects, as a person may be told."""
        try:
            target = urljoin(url, location)
            parts = urlsplit(target)
            secure = parts.scheme == "https"
            source = urlsplit(url)
            plain = (parts.scheme, source.scheme) == ("http", "http") and self.may_lead_plainly(
                source.netloc, parts.netloc
            )
            if parts.hostname and parts.port != 0 and not parts.username and (secure or plain):
                return target
        except ValueError:
            pass
        if location.lower().startswith("http://"):
            raise RegistryError(
                LoginOutcome.INSECURE,
                f"{host} redirects to plain http, which was not followed: everything sent could be read on the way.",
            )
        raise RegistryError(LoginOutcome.NOT_A_REGISTRY, f"{host} redirects to no web address.")

    def _send(self, method: str, url: str, address: str, tally: Tally, headers: dict[str, str]) -> Response:
        """Send one request; `address` is what a person is told of where it went."""
        remaining = self.remaining()
        if not remaining:
            raise RegistryError(
                LoginOutcome.UNREACHABLE, f"{address} was not asked: the time for the check ran out."
            )
        with translated(address, tally):
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
            body = self._read(answer)
        return Response(answer.status, answer.headers, body)

    def _read(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        """The body up to a bound; a connection with more to come is closed, not drained."""
        body = bytearray()
        with WATCHDOG.within(min(_BODY_SECONDS, self.remaining()), answer.shutdown) as alarm:
            try:
                while len(body) < _LARGEST_BODY and (chunk := answer.read1(_CHUNK)):
                    body += chunk
            except (HTTPError, OSError, ValueError):
                answer.close()
                if not alarm.late:
                    raise
        if alarm.late:
            answer.close()
            raise TimeoutError
        if len(body) < _LARGEST_BODY:
            answer.release_conn()
        else:
            answer.close()
        return bytes(body[:_LARGEST_BODY])

    def _pool(self, url: str) -> urllib3.PoolManager:
        proxy = network.proxy_for(url)
        with self._lock:
            pool = self._pools.get(proxy)
            if pool is None:
                pool = self._pools[proxy] = network.new_pool(proxy)
            return pool
