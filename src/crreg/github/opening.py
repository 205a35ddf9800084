"""TCP connections opened ahead, so that the first requests need not wait for them."""

import socket
import threading
import time
from collections import deque
from concurrent.futures import Future
from functools import partial

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.connection import create_connection

from crreg.concurrency import Pool

_MOST = 16
"""The most connections opened at the same time."""
_TIMEOUT = 2.0
"""Seconds to connect; if that fails, the request opens its own connection."""
_FRESH = 5.0
"""Seconds after which the server may have closed an unused connection."""
_OPTIONS: list[tuple[int, int, int | bytes]] = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
"""The same options as urllib3's."""


class Openings:
    """Open TCP connections to one host; safe to use from several threads. TLS starts when one is taken."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._pool = Pool(_MOST)
        self._lock = threading.Lock()
        self._opened: deque[tuple[float, Future[socket.socket]]] = deque()

    def open(self, count: int) -> None:
        """Open `count` more connections; does not wait, and raises nothing."""
        connect = partial(create_connection, self._address, timeout=_TIMEOUT, socket_options=_OPTIONS)
        with self._lock:
            self._opened.extend(
                (time.monotonic(), self._pool.submit(connect)) for _ in range(min(count, _MOST))
            )

    def take(self, host: str, port: int | None) -> socket.socket | None:
        """Return an open connection to that host, waiting if it is still connecting; None if there is none."""
        while (host, port) == self._address:
            with self._lock:
                if not self._opened:
                    return None
                since, opening = self._opened.popleft()
            try:
                opened = opening.result()
            except OSError:
                return None
            if time.monotonic() - since < _FRESH:
                return opened
            opened.close()
        return None

    def close(self) -> None:
        """Close the connections that were not used."""
        with self._lock:
            left, self._opened = self._opened, deque()
        for _, opening in left:
            opening.add_done_callback(_close)


def _close(opening: Future[socket.socket]) -> None:
    if opening.exception() is None:
        opening.result().close()


def pool_classes(openings: Openings) -> dict[str, type[HTTPConnectionPool]]:
    """Return urllib3's pools by scheme, with connections taken from `openings` as long as there are any."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _taken(openings, self) or super()._new_conn()

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _taken(openings, self) or super()._new_conn()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def _taken(openings: Openings, connection: HTTPConnection) -> socket.socket | None:
    opened = openings.take(connection.host, connection.port)
    if opened is not None and isinstance(connection.timeout, int | float):
        opened.settimeout(connection.timeout)
    return opened
