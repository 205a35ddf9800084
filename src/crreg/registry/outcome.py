"""How a test login or the request for an image ended."""

import enum
from dataclasses import dataclass, field
from datetime import datetime


class LoginOutcome(enum.StrEnum):
    """How a test login ended."""

    SUCCEEDED = "succeeded"
    DENIED = "denied"
    """The registry does not know this user and password."""
    FORBIDDEN = "forbidden"
    """The registry knows the user and refuses."""
    UNREACHABLE = "unreachable"
    """No such host, connection refused or broken, or timed out."""
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    """The credentials would have travelled unencrypted, so they were not sent."""
    INVALID = "invalid"
    """The triple is malformed: an empty part, or a SERVER that names no host."""
    SKIPPED = "skipped"
    """No value was at hand."""


class PullOutcome(enum.StrEnum):
    """How the request for an image's manifest ended."""

    AVAILABLE = "available"
    """The manifest is there, read with the triple's credentials."""
    PUBLIC = "public"
    """The manifest is there, read without credentials."""
    DENIED = "denied"
    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    INVALID = "invalid"
    SKIPPED = "skipped"


class Fault(enum.StrEnum):
    """What is wrong with a registry's host wherever it is asked from, a codespace included."""

    NO_SUCH_HOST = "no-such-host"
    """DNS has no address for the name, while it answers for other names."""
    WRONG_NAME = "wrong-name"
    """The certificate is for another name."""
    EXPIRED = "expired"
    """The certificate has expired, or is not valid yet."""
    UNTRUSTED = "untrusted"
    """No public authority signed the certificate."""


class Place(enum.StrEnum):
    """Where a registry was reached, if that is not the internet."""

    PRIVATE = "private"
    """A private, shared or link-local address."""
    LOOPBACK = "loopback"
    """This machine, which the caller allowed with `allow-insecure`."""


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A test login's end."""

    outcome: LoginOutcome
    detail: str
    """What happened in plain words; holds no value of a secret. May quote the server: escape it."""
    requests: int = 0
    """HTTP requests sent to the registry and its token server, retries included."""
    expires_at: datetime | None = None
    """When the credential stops working, if that can be known (an ECR token, a JWT)."""
    account: str | None = field(default=None, repr=False)
    """The provider's name for the account, which is not a secret: a token's at Azure, an IAM user's at AWS. None if it
    is not known."""
    service: str = ""
    """What the registry calls itself in its challenge; empty unless that is a provider's known name for itself."""
    fault: Fault | None = None
    """Why no codespace could connect either; None if that is not known."""
    place: Place | None = None
    """Where the registry was reached; None for the internet, through a proxy, or if it was not reached."""


@dataclass(frozen=True, slots=True)
class PullResult:
    """The end of the request for one image."""

    outcome: PullOutcome
    detail: str
    """What happened in plain words; holds no value of a secret. May quote the server: escape it."""
    requests: int = 0
    """HTTP requests sent for it, retries included."""
    fault: Fault | None = None
    """Why no codespace could connect either; None if that is not known."""
    place: Place | None = None
    """Where the registry was reached; None for the internet, through a proxy, or if it was not reached."""
