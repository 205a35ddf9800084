"""The token of a GitHub App's installation, in a run that may take longer than the token is valid."""

import threading
import time
from collections.abc import Callable

from github import Auth

_RENEWAL = 50 * 60.0
"""Seconds after which an installation's token is replaced; it is valid for an hour.

Source: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
"""


class RenewedToken(Auth.Token):
    """A token of an App's installation, which is replaced before it expires; safe to use from several threads."""

    def __init__(
        self, token: str, renew: Callable[[], str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with a new token; `renew` mints another, and raises GitHubError."""
        super().__init__(token)
        self._renew = renew
        self._clock = clock
        self._lock = threading.Lock()
        self._due = clock() + _RENEWAL

    @property
    def token(self) -> str:
        """The token that is valid now; raises GitHubError."""
        with self._lock:
            if self._clock() >= self._due:
                self._token = self._renew()
                self._due = self._clock() + _RENEWAL
            return self._token
