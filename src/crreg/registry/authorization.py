"""The Authorization header for one repository: fetched once for all threads, and anew before or when it expires."""

import threading
import time
from collections.abc import Callable, Mapping

from crreg.net import Address, InvalidAddress
from crreg.registry.authentication import authorize, fetch_token
from crreg.registry.credentials import Credentials
from crreg.registry.endpoint import Endpoint
from crreg.registry.failure import Tally
from crreg.registry.transport import Transport

_MARGIN = 0.2
"""Share of a token's lifetime that is not used: clocks differ, and a request takes its time."""


class Authorization:
    """Shows a registry who asks; many threads may share it."""

    def __init__(
        self,
        transport: Transport,
        endpoint: Endpoint,
        credentials: Credentials | None,
        scopes: tuple[str, ...],
        tally: Tally,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked for yet; `scopes` are as the token specification has them, `repository:o/r:pull`."""
        self._transport = transport
        self._endpoint = endpoint
        self._origin = Address.parse(endpoint.base).origin
        self._credentials = credentials
        self._scopes = scopes
        self._tally = tally
        self._clock = clock
        self._lock = threading.Lock()
        self._headers: dict[str, str] | None = None
        self._until = 0.0
        self._shown: list[str] = list(credentials.secrets) if credentials else []

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that was ever shown, which no message may quote."""
        return tuple(self._shown)

    def widen(self, scope: str) -> None:
        """Ask for that scope, too, from the next token on, which is fetched before the next request."""
        with self._lock:
            if scope not in self._scopes:
                self._scopes = (*self._scopes, scope)
                self._headers = None if self._is_bearer else self._headers

    def headers(self, url: str) -> dict[str, str]:
        """What a request to `url` shows: nothing, unless that is the registry itself.

        Raises:
            RegistryError: no token was to be had.
        """
        try:
            own = Address.parse(url).origin == self._origin
        except InvalidAddress:
            own = False
        if not own:
            return {}
        with self._lock:
            if self._headers is None or self._clock() >= self._until:
                self._fetch()
            return dict(self._headers or {})

    def renew(self, shown: Mapping[str, str]) -> bool:
        """After a 401: whether there is another token now than the one in `shown`, which is worth another request.

        Raises:
            RegistryError: no token was to be had.
        """
        if not self._is_bearer or "Authorization" not in shown:
            return False
        with self._lock:
            if self._headers is None or self._headers["Authorization"] == shown["Authorization"]:
                self._fetch()
        return True

    @property
    def _is_bearer(self) -> bool:
        challenge = self._endpoint.challenge
        return challenge is not None and challenge.scheme == "bearer"

    def _fetch(self) -> None:
        asked_at = self._clock()
        if not self._is_bearer:
            self._headers = authorize(self._transport, self._endpoint, self._credentials, None, self._tally)
            self._until = float("inf")
            return
        token = fetch_token(self._transport, self._endpoint, self._credentials, self._scopes, self._tally)
        self._headers = {"Authorization": f"Bearer {token.value}"}
        self._shown.append(token.value)
        self._until = asked_at + token.lifetime * (1 - _MARGIN)
