"""The Authorization header for one repository, fetched once for all threads and renewed when it expires."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from crreg.net.urls import Address
from crreg.registry.challenge import Challenge
from crreg.registry.credentials import Credentials
from crreg.registry.login.authentication import authorize, fetch_token
from crreg.registry.login.endpoint import Endpoint, offers, preferred
from crreg.registry.transport.answer import Answer, Response
from crreg.registry.transport.failure import Tally
from crreg.registry.transport.redirects import keeps_authorization
from crreg.registry.transport.transport import Transport

_MARGIN = 0.2
"""Unused share of a token's lifetime: clocks differ, and a request takes time."""


class Authorization:
    """Authorizes requests to a registry. Thread-safe."""

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
        """Send nothing yet. `scopes` have the token specification's form: `repository:o/r:pull`."""
        self._transport = transport
        self._endpoint = endpoint
        self._credentials = credentials
        self._scopes = scopes
        self._tally = tally
        self._clock = clock
        self._lock = threading.Lock()
        self._headers: dict[str, str] | None = None
        self._until = 0.0
        self._shown: list[str] = list(credentials.secrets) if credentials else []

    @property
    def is_shown(self) -> bool:
        """Whether requests carry the credentials, or a token that was issued for them."""
        return self._credentials is not None and bool(self._headers)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The credentials and every token sent so far, which no message may quote."""
        return tuple(self._shown)

    def widen(self, scope: str) -> None:
        """Add a scope. A new token is fetched before the next request."""
        with self._lock:
            if scope not in self._scopes:
                self._scopes = (*self._scopes, scope)
                self._headers = None if self._is_bearer else self._headers

    def headers(self, address: Address) -> dict[str, str]:
        """Return the headers for a request to an address; empty unless that is the registry itself.

        Raises:
            RegistryError: no token was issued.
        """
        if not keeps_authorization(self._endpoint.base, address):
            return {}
        with self._lock:
            if self._headers is None or self._clock() >= self._until:
                self._fetch()
            return dict(self._headers or {})

    def renew(self, shown: Mapping[str, str], answer: Response | Answer) -> bool:
        """Return whether a request that got a 401 with the headers `shown` is worth repeating with new ones.

        Raises:
            RegistryError: no token was given out.
        """
        if self.learn(shown, answer):
            return True
        if not self._is_bearer or "Authorization" not in shown:
            return False
        with self._lock:
            if self._headers is None or self._headers["Authorization"] == shown["Authorization"]:
                self._fetch()
        return True

    def learn(self, shown: Mapping[str, str], answer: Response | Answer) -> bool:
        """Return whether a 401 asks for a different login from `/v2/`, and we now have one.

        Some registries let everyone read `/v2/` and want a login for their repositories, or want a different one there.
        If the registry itself sent the response, its challenge replaces the one known before.

        Raises:
            RegistryError: no token was given out.
        """
        with self._lock:
            if not self._asks_for_another(answer):
                return False
            self._fetch()
            return bool(self._headers) and self._headers != dict(shown)

    def _asks_for_another(self, answer: Response | Answer) -> bool:
        """Return whether the response asks for a different login, and remember that login."""
        offered = offers(answer)
        challenge = preferred(offered)
        known = self._endpoint.challenge
        if challenge is None or answer.root != self._endpoint.base.root:
            return False
        same_scheme = known is not None and known.scheme == challenge.scheme
        if same_scheme and (challenge.scheme == "basic" or _realm(known) == _realm(challenge)):
            if "basic" not in offered or challenge.scheme == "basic" or self._credentials is None:
                return False
            # The token was refused. Engines with the classic image store send the password if Basic is offered.
            challenge = offered["basic"]
        self._endpoint = replace(self._endpoint, challenge=challenge, also_basic=False)
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


def _realm(challenge: Challenge | None) -> tuple[str | None, str | None]:
    """Return the parameters that identify a token, besides its scope."""
    parameters = challenge.parameters if challenge is not None else {}
    return parameters.get("realm"), parameters.get("service")
