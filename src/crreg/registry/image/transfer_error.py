"""Errors of copying an image, in words that are safe to show."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING

from crreg.net.retry import RETRIED_STATUSES
from crreg.registry.errors import RegistryError, codes_of, passing_fault, quote
from crreg.registry.outcome import LoginOutcome, TransferCause
from crreg.registry.providers import says_full, says_immutable

if TYPE_CHECKING:
    from crreg.registry.transport.answer import Response

_OUT_OF_SPACE = frozenset({HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.INSUFFICIENT_STORAGE})
_MISMATCHES = frozenset({"DIGEST_INVALID", "SIZE_INVALID"})


class TransferError(Exception):
    """An image or a part of it could not be read or written."""

    def __init__(
        self, cause: TransferCause, detail: str, says: str = "", *, codes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        """What happened, in plain words and without any secret value. May quote the server: escape it."""
        self.says = says
        """The registry's own words, cleaned and shortened; empty if it said nothing."""
        self.codes = codes
        """The registry's error codes that a specification lists, in the response's order."""
        self.at_source = False
        """Whether it occurred while a blob was read, so that the target registry is not the cause."""


class PassingError(TransferError):
    """A transfer broke in the middle of a blob, or a registry had a temporary failure: a retry may succeed."""

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


def worth_a_retry(error: TransferError) -> PassingError:
    """Return the error as one after which a retry may succeed."""
    return PassingError(error.cause, error.detail, error.says, codes=error.codes)


def from_registry_error(error: RegistryError) -> TransferError:
    """Convert a registry error to a transfer error."""
    return TransferError(error.outcome.as_transfer, error.detail, codes=error.codes)


def passing(error: RegistryError) -> TransferError:
    """Convert an error during a blob transfer: a connection that broke or stalled is worth a retry."""
    if error.outcome is LoginOutcome.UNREACHABLE:
        return PassingError(TransferCause.UNREACHABLE, error.detail, codes=error.codes)
    return from_registry_error(error)


def refused(name: str, doing: str, response: "Response", secrets: Iterable[str]) -> TransferError:
    """Return the error for an unsuccessful response; `doing` completes "refused …": "to serve blob sha256:…"."""
    status = response.status
    says, codes = quote(response.body, secrets), codes_of(response.body)
    clause = f' (it says "{says}")' if says else ""
    if status in _OUT_OF_SPACE or (status >= HTTPStatus.BAD_REQUEST and says_full(says)):
        return TransferError(
            TransferCause.QUOTA,
            f"{name} refused {doing} because its storage is full or the upload is too large: status {status}{clause}.",
            says,
            codes=codes,
        )
    fault = passing_fault(response, name, clause, codes)
    if fault is not None:
        if status in RETRIED_STATUSES:
            retry_after = response.headers.get("Retry-After")
            return PassingError(fault.outcome.as_transfer, fault.detail, says, retry_after, codes=codes)
        return TransferError(fault.outcome.as_transfer, fault.detail, says, codes=codes)
    cause = _cause(status, says, codes)
    return TransferError(cause, f"{name} refused {doing}: status {status}{clause}.", says, codes=codes)


def _cause(status: int, says: str, codes: tuple[str, ...]) -> TransferCause:
    if status == HTTPStatus.UNAUTHORIZED:
        return TransferCause.DENIED
    if status >= HTTPStatus.BAD_REQUEST and says_immutable(" ".join((*codes, says))):
        return TransferCause.IMMUTABLE
    if status == HTTPStatus.FORBIDDEN or "DENIED" in codes:
        return TransferCause.FORBIDDEN
    if status == HTTPStatus.NOT_FOUND:
        return TransferCause.NO_REPOSITORY if "NAME_UNKNOWN" in codes else TransferCause.NOT_FOUND
    if not _MISMATCHES.isdisjoint(codes):
        return TransferCause.MISMATCH
    return TransferCause.UNSUPPORTED if status >= HTTPStatus.BAD_REQUEST else TransferCause.NOT_A_REGISTRY
