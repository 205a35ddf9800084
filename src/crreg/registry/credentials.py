"""A user name and a password for one registry."""

import base64
from dataclasses import dataclass, field

from crreg.registry.providers import PUBLIC_USERS


@dataclass(frozen=True, slots=True)
class Credentials:
    """The user name and password to send to a registry."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header, in UTF-8 (RFC 7617)."""
        return f"Basic {self._base64}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must not be shown: the values, their lines, and their base64."""
        users = () if self.user in PUBLIC_USERS else (self.user,)
        return (*users, self.password, *self.password.splitlines(), self._base64)

    @property
    def _base64(self) -> str:
        return base64.b64encode(f"{self.user}:{self.password}".encode("utf-8", "surrogateescape")).decode()


def sent_secrets(authorization: str) -> tuple[str, ...]:
    """Return the secrets in an Authorization header: a token, or a password and its base64."""
    scheme, _, sent = authorization.partition(" ")
    if scheme != "Basic":
        return (sent,)
    return (sent, base64.b64decode(sent).decode("utf-8", "surrogateescape").partition(":")[2])
