"""Results of test logins, image checks and transfers."""

import enum
from dataclasses import dataclass, field
from datetime import datetime

from crreg.registry.image.artifact import FeatureMetadata


class Fault(enum.StrEnum):
    """What must change, if the outcome alone does not say."""

    NO_SUCH_HOST = "no-such-host"
    """DNS has no address for the registry's name, but resolves other names."""
    WRONG_NAME = "wrong-name"
    """The registry's certificate is for another name."""
    EXPIRED = "expired"
    """The registry's certificate has expired or is not yet valid."""
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
    """The token server's address in the registry's challenge, which uses plain http."""
    FIREWALL = "firewall"
    """The registry's allowlist of client addresses."""


HOST_FAULTS = frozenset({Fault.NO_SUCH_HOST, Fault.WRONG_NAME, Fault.EXPIRED, Fault.UNTRUSTED})
"""Faults of a registry's host that every client sees, including a codespace."""


class Lack(enum.StrEnum):
    """The part of an existing image that a codespace can't get."""

    PLATFORM = "platform"
    """The image exists, but not for the platform."""
    CHILD = "child"
    """An index lists a manifest that is gone, for example because a clean-up job deletes everything without a tag."""
    FORMAT = "format"
    """The image uses Docker's schema 1, which docker no longer pulls."""
    KIND = "kind"
    """The registry has something else by that name: no image, or no feature."""


class LoginOutcome(enum.StrEnum):
    """How a test login ended."""

    SUCCEEDED = "succeeded"
    DENIED = "denied"
    """The registry does not accept this user and password."""
    FORBIDDEN = "forbidden"
    """The registry knows the user and refuses access."""
    UNREACHABLE = "unreachable"
    """The host does not exist, or the connection was refused, broke or timed out."""
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    """The credentials would have been sent unencrypted, so they were not sent."""
    INVALID = "invalid"
    """The triple is malformed: a part is empty, or SERVER is not a host."""
    SKIPPED = "skipped"
    """A value was not available, or the registry never asked for one."""

    @property
    def as_pull(self) -> "PullOutcome":
        """The outcome of a pull that failed because its login did."""
        return PullOutcome(self.value)

    @property
    def as_transfer(self) -> "TransferCause":
        """The cause of a transfer that failed because its login did."""
        return TransferCause.INVALID if self is LoginOutcome.SKIPPED else TransferCause(self.value)


class PullOutcome(enum.StrEnum):
    """How the request for an image's manifest ended. See `LoginOutcome` for members without a description."""

    AVAILABLE = "available"
    """The manifest was read with the triple's credentials."""
    PUBLIC = "public"
    """The manifest was read without credentials."""
    DENIED = "denied"
    NOT_FOUND = "not-found"
    NO_PLATFORM = "no-platform"
    """The image exists, but not for the requested platform."""
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    INVALID = "invalid"
    SKIPPED = "skipped"

    @property
    def served(self) -> bool:
        """Whether the registry served the image."""
        return self in {PullOutcome.AVAILABLE, PullOutcome.PUBLIC}


UNANSWERED_LOGINS = frozenset(
    {LoginOutcome.UNREACHABLE, LoginOutcome.RATE_LIMITED, LoginOutcome.SERVER_ERROR}
)
"""Outcomes in which the registry neither accepted nor refused the login, and may answer later."""
PASSING_LOGINS = UNANSWERED_LOGINS | {LoginOutcome.TLS_ERROR}
"""Outcomes that prove nothing about the credentials, because the registry did not answer."""
UNANSWERED_PULLS = frozenset({PullOutcome.NOT_A_REGISTRY, *(outcome.as_pull for outcome in PASSING_LOGINS)})
"""Outcomes that prove nothing about an image, because the registry did not answer as one."""


class TransferCause(enum.StrEnum):
    """Why an image could not be copied. See `LoginOutcome` for members without a description."""

    DENIED = "denied"
    FORBIDDEN = "forbidden"
    UNREACHABLE = "unreachable"
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    INVALID = "invalid"
    """The triple is malformed, has no value, or is for another registry."""
    NOT_FOUND = "not-found"
    """The image, platform, manifest or blob does not exist."""
    QUOTA = "quota"
    """The registry's storage is full, or the upload is too large for it."""
    UNSUPPORTED = "unsupported"
    """A manifest is of a kind that is not copied, or is beyond a limit."""
    MISMATCH = "mismatch"
    """The received content does not match its digest or size."""
    NO_REPOSITORY = "no-repository"
    """The repository does not exist, and a push does not create it."""
    IMMUTABLE = "immutable"
    """The tag exists, and the registry does not allow tags to be overwritten."""
    MOVED = "moved"
    """After a tag was written, it pointed elsewhere when read back."""


class NetworkPlace(enum.StrEnum):
    """Where a registry was reached, if not on the internet."""

    PRIVATE = "private"
    """A private, shared or link-local address."""
    LOOPBACK = "loopback"
    """This machine, which the caller allowed with `allow-insecure`."""


@dataclass(frozen=True, slots=True)
class LoginResult:
    """The result of a test login."""

    outcome: LoginOutcome
    detail: str
    """What happened, in plain words and without any secret value. May quote the server: escape it."""
    requests: int = 0
    """HTTP requests sent to the registry and its token server, including retries."""
    expires_at: datetime | None = None
    """When the credential expires, if it says so (an ECR token, a JWT)."""
    account: str | None = field(default=None, repr=False)
    """The provider's name for the account, which is not a secret: a token name at Azure, an IAM user name at AWS. None
    if it is not known."""
    service: str = ""
    """The registry's name for itself in its challenge; empty unless it is a name that a known provider uses."""
    fault: Fault | None = None
    """What must change; None if the outcome already says so, or if that is unknown."""
    codes: tuple[str, ...] = ()
    """The registry's error codes that a specification lists, in the response's order."""
    place: NetworkPlace | None = None
    """Where the registry was reached; None on the internet, through a proxy, or if it was not reached."""

    @property
    def untested(self) -> bool:
        """Whether the registry let everyone in, so that the credentials were never sent."""
        return self.outcome is LoginOutcome.SKIPPED and self.requests > 0


@dataclass(frozen=True, slots=True)
class PullResult:
    """The result of the request for one image."""

    outcome: PullOutcome
    detail: str
    """What happened, in plain words and without any secret value. May quote the server: escape it."""
    requests: int = 0
    """HTTP requests sent for it, including retries."""
    lack: Lack | None = None
    """The missing part of an image that exists; None otherwise."""
    codes: tuple[str, ...] = ()
    """The registry's error codes that a specification lists, in the response's order."""
    fault: Fault | None = None
    """What must change; None if the outcome already says so, or if that is unknown."""
    place: NetworkPlace | None = None
    """Where the registry was reached; None on the internet, through a proxy, or if it was not reached."""
    metadata: FeatureMetadata | None = None
    """Of a feature that the registry served; None otherwise."""
