"""How a test login or the request for an image ended."""

import enum
from dataclasses import dataclass, field
from datetime import datetime


class Fault(enum.StrEnum):
    """What must change, where the outcome alone does not tell."""

    NO_SUCH_HOST = "no-such-host"
    """DNS has no address for the registry's name, while it answers for other names."""
    WRONG_NAME = "wrong-name"
    """The registry's certificate is for another name."""
    EXPIRED = "expired"
    """The registry's certificate has expired, or is not valid yet."""
    UNTRUSTED = "untrusted"
    """No public authority signed the registry's certificate."""
    SERVER = "server"
    """The value of SERVER."""
    USER = "user"
    """The value of USER."""
    PASSWORD = "password"  # noqa: S105 - the name of a part, no password
    """The value of PASSWORD."""
    TOKEN_SERVER = "token-server"  # noqa: S105 - the name of a server, no token
    """The registry's token server, whose answers docker can't read."""
    REALM = "realm"
    """The registry's own address in its challenge, which is in plain http."""
    FIREWALL = "firewall"
    """The registry's list of addresses that it lets in."""


HOST_FAULTS = frozenset({Fault.NO_SUCH_HOST, Fault.WRONG_NAME, Fault.EXPIRED, Fault.UNTRUSTED})
"""What is wrong with a registry's host wherever it is asked from, a codespace included."""


class Lack(enum.StrEnum):
    """What a codespace does not find of an image, besides the image as a whole."""

    PLATFORM = "platform"
    """The image is there, but not for the platform."""
    CHILD = "child"
    """An index names what is no longer there, as after a clean-up job that deletes what has no tag."""
    FORMAT = "format"
    """The image is of Docker's schema 1, which docker no longer pulls."""


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
    """No value was at hand, or the registry never asked for one."""


class PullOutcome(enum.StrEnum):
    """How the request for an image's manifest ended."""

    AVAILABLE = "available"
    """The manifest is there, read with the triple's credentials."""
    PUBLIC = "public"
    """The manifest is there, read without credentials."""
    DENIED = "denied"
    NOT_FOUND = "not-found"
    NO_PLATFORM = "no-platform"
    """The image is there, but not for the platform that was asked for."""
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    INVALID = "invalid"
    SKIPPED = "skipped"


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
    """What must change; None where the outcome tells, or nobody knows."""
    codes: tuple[str, ...] = ()
    """The error codes of the specifications that the registry's answer had, in its order."""
    place: Place | None = None
    """Where the registry was reached; None for the internet, through a proxy, or if it was not reached."""

    @property
    def untested(self) -> bool:
        """Whether the registry let everyone in, so that the credentials were never shown."""
        return self.outcome is LoginOutcome.SKIPPED and self.requests > 0


@dataclass(frozen=True, slots=True)
class PullResult:
    """The end of the request for one image."""

    outcome: PullOutcome
    detail: str
    """What happened in plain words; holds no value of a secret. May quote the server: escape it."""
    requests: int = 0
    """HTTP requests sent for it, retries included."""
    lack: Lack | None = None
    """What is missing of an image that is there in part; None otherwise."""
    codes: tuple[str, ...] = ()
    """The error codes of the specifications that the registry's answer had, in its order."""
    fault: Fault | None = None
    """What must change; None where the outcome tells, or nobody knows."""
    place: Place | None = None
    """Where the registry was reached; None for the internet, through a proxy, or if it was not reached."""
