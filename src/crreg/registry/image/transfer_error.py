"""How copying an image fails, in words that are safe to show."""

import enum
import re
from collections.abc import Iterable
from http import HTTPStatus

from crreg.registry.errors import RegistryError, codes_of, passing_fault, quote
from crreg.registry.outcome import LoginOutcome
from crreg.registry.transport.answer import Response
from crreg.registry.transport.retry import RETRIED_STATUSES

# What registries that answer 403 or 400 to it say of a full store: Harbor, Quay, GitLab, Azure, the file system.
_FULL = re.compile(r"quota|storage (size )?limit|configured upper limit|no space left", re.IGNORECASE)
_OUT_OF_SPACE = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.INSUFFICIENT_STORAGE})
_MISMATCHES = frozenset({"DIGEST_INVALID", "SIZE_INVALID"})
_IMMUTABLE = re.compile(r"immutab", re.IGNORECASE)
"""What registries say of a tag that may not move. They agree on no code for it: TAG_INVALID at Amazon, PRECONDITION at
Harbor, FAILED_PRECONDITION at Google, TAG_IMMUTABLE at Quay."""


class TransferCause(enum.StrEnum):
    """Why an image could not be copied."""

    DENIED = "denied"
    """The registry does not know this user and password."""
    FORBIDDEN = "forbidden"
    """The registry knows the user and refuses."""
    UNREACHABLE = "unreachable"
    TLS_ERROR = "tls-error"
    NOT_A_REGISTRY = "not-a-registry"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    INSECURE = "insecure"
    """The credentials would have travelled unencrypted, so they were not sent."""
    INVALID = "invalid"
    """The triple is malformed, has no value, or is another registry's."""
    NOT_FOUND = "not-found"
    """No such image, platform, manifest or blob."""
    QUOTA = "quota"
    """The registry takes no more, or nothing so large."""
    UNSUPPORTED = "unsupported"
    """A manifest of a kind that is not copied, or one beyond the bounds."""
    MISMATCH = "mismatch"
    """What came is not what its digest and size say."""
    NO_REPOSITORY = "no-repository"
    """The repository does not exist, and a push does not create it."""
    IMMUTABLE = "immutable"
    """The tag is there, and the registry lets none be overwritten."""
    MOVED = "moved"
    """A tag that was written points elsewhere when read back."""


_CAUSES: dict[LoginOutcome, TransferCause] = {
    outcome: TransferCause(outcome.value)
    for outcome in LoginOutcome
    if outcome not in {LoginOutcome.SUCCEEDED, LoginOutcome.SKIPPED}
}


class TransferError(Exception):
    """An image, or a part of it, could not be read or written."""

    def __init__(
        self, cause: TransferCause, detail: str, says: str = "", *, codes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        """What happened in plain words, without any value of a secret. May quote the server: escape it."""
        self.says = says
        """The registry's own words, cleaned and cut; empty if it said nothing."""
        self.codes = codes
        """The error codes of the specifications that the registry's answer had, in its order."""
        self.at_source = False
        """Whether it came up while a blob was read, and so is no matter of the registry that it was sent to."""


class PassingError(TransferError):
    """What broke in the middle of a blob, or a registry that is unwell: another attempt may fare better."""

    def __init__(
        self,
        cause: TransferCause,
        detail: str,
        says: str = "",
        retry_after: str | None = None,
        *,
        codes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(cause, detail, says, codes=codes)
        self.retry_after = retry_after
        """The header's value, if the registry sent one."""


def from_registry_error(error: RegistryError) -> TransferError:
    """The same failure as that of a transfer."""
    return TransferError(_CAUSES.get(error.outcome, TransferCause.INVALID), error.detail, codes=error.codes)


def passing(error: RegistryError) -> TransferError:
    """The same for what was met within a blob: a connection that broke or stalled is worth another attempt."""
    if error.outcome is LoginOutcome.UNREACHABLE:
        return PassingError(TransferCause.UNREACHABLE, error.detail, codes=error.codes)
    return from_registry_error(error)


def refused(name: str, doing: str, response: Response, secrets: Iterable[str]) -> TransferError:
    """What an answer means that is no success; `doing` completes "refuses …": "to take blob sha256:…"."""
    status = response.status
    says, codes = quote(response.body, secrets), codes_of(response.body)
    clause = f' (it says "{says}")' if says else ""
    if status in _OUT_OF_SPACE or (status >= HTTPStatus.BAD_REQUEST and _FULL.search(says)):
        return TransferError(
            TransferCause.QUOTA, f"{name} has no room {doing}: status {status}{clause}.", says, codes=codes
        )
    fault = passing_fault(status, name, clause, response.headers.get("Retry-After"), codes)
    if fault is not None:
        if status in RETRIED_STATUSES:
            retry_after = response.headers.get("Retry-After")
            return PassingError(_CAUSES[fault.outcome], fault.detail, says, retry_after, codes=codes)
        return TransferError(_CAUSES[fault.outcome], fault.detail, says, codes=codes)
    cause = _cause(status, says, codes)
    return TransferError(cause, f"{name} refuses {doing}: status {status}{clause}.", says, codes=codes)


def _cause(status: int, says: str, codes: tuple[str, ...]) -> TransferCause:
    if status == HTTPStatus.UNAUTHORIZED:
        return TransferCause.DENIED
    if status >= HTTPStatus.BAD_REQUEST and ("TAG_INVALID" in codes or _IMMUTABLE.search(says)):
        return TransferCause.IMMUTABLE
    if status == HTTPStatus.FORBIDDEN or "DENIED" in codes:
        return TransferCause.FORBIDDEN
    if status == HTTPStatus.NOT_FOUND:
        return TransferCause.NO_REPOSITORY if "NAME_UNKNOWN" in codes else TransferCause.NOT_FOUND
    if not _MISMATCHES.isdisjoint(codes):
        return TransferCause.MISMATCH
    return TransferCause.UNSUPPORTED if status >= HTTPStatus.BAD_REQUEST else TransferCause.NOT_A_REGISTRY
