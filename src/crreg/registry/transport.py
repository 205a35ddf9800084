"""HTTP to registries and token servers: pooled, bounded in time and size, retried, and with no secret in its errors."""

import contextlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

import urllib3

from crreg import __version__
from crreg.registry import network
from crreg.registry.answer import LARGEST_BODY, Answer, Response, read_within
from crreg.registry.credentials import sent_secrets
from crreg.registry.errors import RegistryError, clean
from crreg.registry.failure import BrokenConnectionError, Tally, translated
from crreg.registry.outcome import LoginOutcome
from crreg.registry.retry import RETRIED_STATUSES, RETRIES, pause

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 15.0
_STALL_SECONDS = 30.0
"""Without a byte of a blob."""
_COMMIT_SECONDS = 300.0
"""For a registry to keep a blob that it has in full, which takes its storage a while if the blob is large."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Iterable[bytes] | None = field(default=None, repr=False)
    streamed: bool = False
    """Whether the bodies are a blob's, which take their time."""

    @property
    def patience(self) -> float:
        """Seconds for the answer's head, and between the bytes of its body."""
        if not self.streamed:
            return _READ_SECONDS
        return _STALL_SECONDS if self.body is None else _COMMIT_SECONDS


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
        self._proxies: dict[tuple[str, str], str | None] = {}

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            for pool in self._pools.values():
                # Cleared alone, they would close when nothing refers to them any more, an error's traceback included.
                for key in pool.pools.keys():  # noqa: SIM118 - the container is no iterator of its keys
                    pool.pools[key].close()
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
        body: bytes | None = None,
        retries: int = RETRIES,
        largest: int = LARGEST_BODY,
    ) -> Response:
        """Send one request, with redirects followed and passing faults retried, at most `retries` times.

        Of the answer's body at most `largest` bytes are read.

        Raises:
            RegistryError: no answer came.
        """
        attempt = 0
        while True:
            ended = self._attempt(_Request(method, url, headers or {}, body), tally, largest)
            retry_after = None
            if isinstance(ended, Response):
                if ended.status not in RETRIED_STATUSES:
                    return ended
                retry_after = ended.headers.get("Retry-After")
            if attempt >= retries or not self.wait(attempt, retry_after):
                if isinstance(ended, Response):
                    return ended
                raise ended
            attempt += 1

    def wait(self, attempt: int, retry_after: str | None = None) -> bool:
        """Wait before what failed is tried again (`attempt` counts from 0); False if there is no time for that."""
        seconds = pause(attempt, retry_after, self._chance(), self._now())
        if seconds is None or seconds >= self.remaining():
            return False
        self._sleep(seconds)
        return True

    def _attempt(self, request: _Request, tally: Tally, largest: int) -> "Response | BrokenConnectionError":
        try:
            address, answer = self._follow(request, tally)
            with translated(address, Tally()):
                return Response(answer.status, answer.headers, read_within(answer, self.remaining(), largest))
        except BrokenConnectionError as error:
            return error

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        url: str,
        tally: Tally,
        headers: Mapping[str, str],
        body: Iterable[bytes] | None = None,
    ) -> "Iterator[Answer]":
        """Send one request and read its answer bit by bit; nothing is retried.

        Redirects are followed unless there is a body, which is sent once; its Content-Length is for the caller to set.

        Raises:
            RegistryError: no answer came.
        """
        address, answer = self._follow(_Request(method, url, headers, body, streamed=True), tally)
        try:
            yield Answer(answer, address, self.remaining)
        finally:
            # What was read to its end went back to the pool already.
            answer.close()

    def _follow(self, request: _Request, tally: Tally) -> "tuple[str, urllib3.BaseHTTPResponse]":
        """Who answered in the end, as a person may be told, and the answer, its body not read yet."""
        sent = sent_secrets(request.headers.get("Authorization", ""))
        address = urlsplit(request.url).netloc
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._send(request, address, tally)
            location = answer.headers.get("Location")
            once = request.streamed and request.body is not None
            if answer.status not in _REDIRECTS or not location or once:
                return address, answer
            with translated(address, Tally()):
                read_within(answer, self.remaining(), LARGEST_BODY)
            url, headers = self.lead(request.url, address, location), request.headers
            if network.origin_of(url) != network.origin_of(request.url):
                headers = {name: value for name, value in headers.items() if name != "Authorization"}
                # A server that knows the password can redirect to a host of that name.
                address = clean(urlsplit(url).netloc, sent) or "another host"
            request = replace(request, url=url, headers=headers)
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY,
            f"{network.host_of(address)} redirects more than {_MOST_REDIRECTS} times.",
        )

    def lead(self, url: str, host: str, location: str) -> str:
        """Where the Location of an answer leads, if it may be followed; `host` is who gave it, as a person may be told.

        Raises:
            RegistryError: it is no web address, or one in plain http where that is not allowed.
        """
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

    def _send(self, request: _Request, address: str, tally: Tally) -> "urllib3.BaseHTTPResponse":
        """Send one request; `address` is what a person is told of where it went."""
        remaining = self.remaining()
        if not remaining:
            raise RegistryError(
                LoginOutcome.UNREACHABLE, f"{address} was not asked: the time for the check ran out."
            )
        with translated(address, tally):
            return self._pool(request.url).urlopen(
                request.method,
                request.url,
                body=request.body,
                headers={"User-Agent": f"crreg/{__version__}", "Accept": "*/*", **request.headers},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(
                    # It holds for each piece of a body, too.
                    connect=min(_CONNECT_SECONDS if request.body is None else _STALL_SECONDS, remaining),
                    read=min(request.patience, remaining),
                ),
            )

    def _pool(self, url: str) -> urllib3.PoolManager:
        origin = urlsplit(url)[:2]
        proxy = self._proxies.get(origin, "")
        if proxy == "":
            # Looked up once: the environment has many variables, and a copy many requests.
            proxy = self._proxies[origin] = network.proxy_for(url)
        with self._lock:
            pool = self._pools.get(proxy)
            if pool is None:
                pool = self._pools[proxy] = network.new_pool(proxy)
            return pool
