"""HTTP to registries and token servers: pooled, retried, limited in time and size, with no secrets in its errors."""

import contextlib
import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from crreg import __version__
from crreg.net import plain_http, urls
from crreg.net.request_log import Exchange, is_on
from crreg.net.retry import RETRIED_STATUSES, RETRIES, pause
from crreg.net.urls import Address
from crreg.registry.credentials import sent_secrets
from crreg.registry.errors import RegistryError, clean
from crreg.registry.outcome import LoginOutcome, NetworkPlace
from crreg.registry.transport.answer import LARGEST_BODY, Answer, Piece, Response, unpack
from crreg.registry.transport.connection import peer_of
from crreg.registry.transport.failure import BrokenConnectionError, RedirectedError, Tally, translated
from crreg.registry.transport.guard import Reach
from crreg.registry.transport.pools import Pools
from crreg.registry.transport.redirects import carried, target_of
from crreg.registry.transport.silence import Silence

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_READ_SECONDS = 15.0
_STALL_SECONDS = 30.0
"""Seconds without a byte of a blob."""
_USER_AGENT = f"crreg/{__version__}"
_COMMIT_SECONDS = 300.0
"""Seconds for a registry to store a blob after it has arrived, which takes a while if the blob is large."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    address: Address
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | Iterable[Piece] | None = field(default=None, repr=False)
    streamed: bool = False
    """Whether it transfers a blob, which takes longer."""
    stays: bool = False
    """Whether redirects are followed only within the same host."""
    is_outside: bool = False
    """Whether a host on the internet leads there, so that the server must be on the internet too."""

    @property
    def patience(self) -> float:
        """Seconds to wait for the response's headers, and between two reads of its body."""
        if not self.streamed:
            return _READ_SECONDS
        return _STALL_SECONDS if self.body is None else _COMMIT_SECONDS


class Transport:
    """Sends requests within one time budget. Thread-safe."""

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
        """Start the budget, in seconds for all requests; `clock` and the parameters after it are for tests."""
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._now = now
        self._deadline = clock() + budget
        self._allow_insecure = allow_insecure
        self._named: set[tuple[str, int]] = set()
        self._pools = Pools()
        self._hidden: list[str] = []
        self._peers: dict[tuple[str, int], str] = {}
        self._silence = Silence()

    def close(self) -> None:
        """Close every idle connection."""
        self._pools.close()

    def open_ahead(self, address: Address, connections: int) -> None:
        """Open connections that requests to this host will need soon, while others are answered; reports no failure."""
        seconds = min(_CONNECT_SECONDS, self.remaining())
        self._pools.open_ahead(address, connections, seconds, reach=self._reach(address))

    def remaining(self) -> float:
        """Return the seconds left in the budget."""
        return max(0.0, self._deadline - self._clock())

    def vouch(self, address: Address) -> None:
        """Allow this host and port to be on this machine because the caller names them; files and servers can't."""
        self._named.add((address.host, address.port))

    def is_named(self, address: Address) -> bool:
        """Return whether the caller names this host and port."""
        return (address.host, address.port) in self._named or address.is_in(self._allow_insecure)

    def place_of(self, address: Address) -> NetworkPlace | None:
        """Return where a host was reached (on port 80 too, if the port is 443); None on the internet."""
        ports = {address.port, 80} if address.port == 443 else {address.port}  # noqa: PLR2004 - those of the schemes
        peers = [peer for port in ports if (peer := self._peers.get((address.host, port)))]
        if any(map(urls.is_loopback, peers)):
            return NetworkPlace.LOOPBACK if address.is_in(self._allow_insecure) else None
        return NetworkPlace.PRIVATE if any(map(urls.is_private, peers)) else None

    def hide(self, secret: str) -> None:
        """Never show the target of a redirect if its name contains a part of this secret."""
        self._hidden.append(secret)

    def may_be_plain(self, address: Address) -> bool:
        """Return whether plain http may be used with this server."""
        return plain_http.may_be_plain(address, self._allow_insecure)

    def may_lead_plainly(self, source: Address, target: Address) -> bool:
        """Return whether a response from `source` may lead to `target` over plain http."""
        return plain_http.may_lead_plainly(source, target, self._allow_insecure)

    def request(
        self,
        method: str,
        address: Address,
        tally: Tally,
        headers: Mapping[str, str] | None = None,
        *,
        body: bytes | None = None,
        retries: int = RETRIES,
        largest: int = LARGEST_BODY,
        stays: bool = False,
        source: Address | None = None,
    ) -> Response:
        """Send one request. Follow redirects, and retry temporary failures at most `retries` times.

        At most `largest` bytes of the body are read. With `stays`, redirects are followed only within the same host.
        `source` is the server whose response leads there, if there is one.

        Raises:
            RedirectedError: the response redirects to another host.
            RegistryError: no response came.
        """
        request = self._led(_Request(method, address, headers or {}, body, stays=stays), source)
        attempt = 0
        while True:
            result = self._attempt(request, tally, largest)
            retry_after = None
            if isinstance(result, Response):
                if result.status not in RETRIED_STATUSES:
                    return result
                retry_after = result.headers.get("Retry-After")
            if attempt >= retries or not self.wait(attempt, retry_after):
                if isinstance(result, Response):
                    return result
                raise result
            attempt += 1

    def wait(self, attempt: int, retry_after: str | None = None) -> bool:
        """Wait before a retry (`attempt` counts from 0); return False if there is no time for it."""
        seconds = pause(attempt, retry_after, self._chance(), self._now())
        if seconds is None or seconds >= self.remaining():
            return False
        self._sleep(seconds)
        return True

    def _attempt(self, request: _Request, tally: Tally, largest: int) -> "Response | BrokenConnectionError":
        try:
            with self._silence.expecting(request.address):
                return self._follow(request, tally).response(largest)
        except BrokenConnectionError as error:
            return error

    @contextlib.contextmanager
    def stream(
        self,
        method: str,
        address: Address,
        tally: Tally,
        headers: Mapping[str, str],
        body: Iterable[Piece] | None = None,
        *,
        source: Address | None = None,
    ) -> "Iterator[Answer]":
        """Send one request and read the response in chunks, without retries.

        Redirects are followed unless there is a body, which can be sent only once. The caller sets its Content-Length.
        `source` is the server whose response leads there, if there is one.

        Raises:
            RegistryError: no response came.
        """
        request = self._led(_Request(method, address, headers, body, streamed=True), source)
        answer = self._follow(request, tally)
        try:
            yield answer
        finally:
            # If the body was read to its end, the connection is already back in the pool.
            answer.close()

    def _follow(self, request: _Request, tally: Tally) -> Answer:
        """Follow redirects; return the final server's response, body unread."""
        sent = sent_secrets(request.headers.get("Authorization", ""))
        label = request.address.authority
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._send(request, label, sent, tally)
            location = answer.headers.get("Location")
            once = request.streamed and request.body is not None
            if answer.status not in _REDIRECTS or not location or once:
                return answer
            answer.response()
            source = request.address
            target = target_of(source, label, location, self._allow_insecure)
            if target.origin != source.origin:
                # A server that got a password, now or earlier, can put it into the host name of a redirect.
                left, label = label, clean(target.authority, (*sent, *self._hidden)) or "another host"
                if request.stays and not urls.is_upgrade(source, target):
                    raise RedirectedError(left, label)
            request = replace(request, address=target, headers=carried(request.headers, source, target))
            request = self._led(request, source)
        raise RegistryError(
            LoginOutcome.NOT_A_REGISTRY,
            f"{urls.host_of(label)} redirects more than {_MOST_REDIRECTS} times.",
        )

    def lead(self, source: Address, host: str, location: str) -> Address:
        """Return the target of a Location header, if it may be followed; `host` is safe text for the sender.

        Raises:
            RegistryError: it is not a URL, is on this machine, or uses plain http where that is not allowed.
        """
        return target_of(source, host, location, self._allow_insecure)

    def _send(self, request: _Request, label: str, sent: Iterable[str], tally: Tally) -> Answer:
        """Send one request; `label` is safe text for its destination, and `sent` are secrets that a server may echo."""
        remaining = self.remaining()
        if not remaining:
            raise RegistryError(
                LoginOutcome.UNREACHABLE, f"No request was sent to {label} because the check ran out of time."
            )
        path = request.address.path
        exchange = Exchange(
            request.method, label, (clean(path, (*sent, *self._hidden)) or "/…") if is_on() else path
        )
        with translated(label, tally), exchange:
            answer = self._pools.send(
                request.method,
                request.address,
                {"User-Agent": _USER_AGENT, "Accept": "*/*", **request.headers},
                request.body,
                (
                    # The connect timeout also applies to each piece of a body.
                    min(_CONNECT_SECONDS if request.body is None else _STALL_SECONDS, remaining),
                    min(request.patience, remaining),
                ),
                reach=self._reach(request.address, is_outside=request.is_outside),
            )
            if peer := peer_of(answer):
                self._peers[request.address.host, request.address.port] = peer
            unpack(answer)
            return Answer(answer, label, request.address.root, self.remaining, exchange)

    def _reach(self, address: Address, *, is_outside: bool = False) -> Reach:
        """Return what a connection to a host may reach.

        Where a loopback name came from, the code already decided whether it may be used.
        """
        if urls.is_loopback(address.host) or self.is_named(address):
            return Reach.EVERYTHING
        return Reach.INTERNET if is_outside else Reach.ELSEWHERE

    def _led(self, request: _Request, source: Address | None) -> _Request:
        """Return a request to which a response from `source` led. From the internet, it leads only to the internet.

        Files can name any host there, which could have the servers of a private network asked for any path. Where it
        was reached is unknown behind a proxy, which then decides.
        """
        if source is None or source.host == request.address.host or self.is_named(source):
            return request
        peer = self._peers.get((source.host, source.port), "")
        return replace(request, is_outside=request.is_outside or bool(peer and not urls.is_private(peer)))
