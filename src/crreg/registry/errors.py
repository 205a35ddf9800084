"""Registry errors, and what a registry's error responses say, in words that are safe to show."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from crreg.net.retry import asked_seconds
from crreg.printable import spoken
from crreg.redaction.readings import LONGEST
from crreg.redaction.spelling import repeats
from crreg.registry.outcome import Fault, LoginOutcome

if TYPE_CHECKING:
    from crreg.registry.transport.answer import Response

_LONGEST_QUOTE = 200
_LARGEST = 64 * 1024
"""Largest error response that is parsed, in bytes: parsed JSON takes about forty times its size."""
_CODES = frozenset(
    {
        "BLOB_UNKNOWN",
        "BLOB_UPLOAD_INVALID",
        "BLOB_UPLOAD_UNKNOWN",
        "DENIED",
        "DIGEST_INVALID",
        "MANIFEST_BLOB_UNKNOWN",
        "MANIFEST_INVALID",
        "MANIFEST_UNKNOWN",
        "MANIFEST_UNVERIFIED",
        "NAME_INVALID",
        "NAME_UNKNOWN",
        "PAGINATION_NUMBER_INVALID",
        "RANGE_INVALID",
        "SIZE_INVALID",
        "TAG_INVALID",
        "TOOMANYREQUESTS",
        "UNAUTHORIZED",
        "UNAVAILABLE",
        "UNKNOWN",
        "UNSUPPORTED",
        "access_denied",
        "insufficient_scope",
        "invalid_client",
        "invalid_grant",
        "invalid_request",
        "invalid_scope",
        "invalid_token",
        "unauthorized_client",
        "unsupported_grant_type",
    }
)
"""Error codes of the distribution project's API and specification, and of OAuth 2 (RFC 6749 5.2, RFC 6750 3.1).

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes and
https://github.com/distribution/distribution/blob/main/docs/content/spec/api.md#errors-2
"""


@dataclass(frozen=True, slots=True)
class Known:
    """What a login revealed about the account and the registry, whether it succeeded or not."""

    identity: str = ""
    """ARN of the owner of the AWS keys; empty if there were no keys, or AWS did not say."""
    service: str = ""
    """The registry's name for itself in its challenge, or empty. Untrusted: compare it, but never show it."""


class RegistryError(Exception):
    """A registry, or a proxy in front of it, did not fulfill a request."""

    def __init__(
        self,
        outcome: LoginOutcome,
        detail: str,
        known: Known = Known(),
        *,
        fault: Fault | None = None,
        codes: tuple[str, ...] = (),
    ) -> None:
        super().__init__(detail)
        self.outcome = outcome
        """The outcome of a login that hits this error; never `succeeded`."""
        self.detail = detail
        """What happened, in plain words and without any secret value."""
        self.known = known
        self.fault = fault
        """What must change; None if the outcome already says so, or if that is unknown."""
        self.codes = codes
        """See `codes_of`."""

    def at(self, known: Known, cause: str = "") -> "RegistryError":
        """Return the same error for a login that revealed `known`; `cause` is a sentence that says why, or empty."""
        detail = f"{self.detail} {cause}" if cause else self.detail
        return RegistryError(self.outcome, detail, known, fault=self.fault, codes=self.codes)


def passing_fault(response: "Response", name: str, says: str, codes: tuple[str, ...]) -> RegistryError | None:
    """Return the error for a temporary failure (status 429 or 5xx); None for every other status."""
    status = response.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = asked_seconds(response.headers.get("Retry-After"), time.time())
        when = f"in {seconds:.0f} seconds" if seconds is not None else "later"
        detail = f"{name} received too many requests and asks clients to retry {when}{says}."
        return RegistryError(LoginOutcome.RATE_LIMITED, detail, codes=codes)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RegistryError(
            LoginOutcome.SERVER_ERROR, f"{name} failed with status {status}{says}.", codes=codes
        )
    return None


def quote(body: bytes, secrets: Iterable[str]) -> str:
    """Return the text of an error response: at most 200 printable characters, or empty.

    A server may echo what we sent. If any part of `secrets` is recognized in the text, in any encoding, only the
    error codes that a specification lists are kept: they still say what went wrong, and can't contain a secret.
    """
    text = "; ".join(_messages(body))
    if not repeats(text, secrets):
        return clean(text, ())
    return clean("; ".join(code for code in codes_of(body) if not repeats(code, secrets)), ())


def clean(text: str, secrets: Iterable[str]) -> str:
    """Return at most 200 printable characters of `text`; empty if any part of `secrets` is recognized in it."""
    if repeats(text, secrets):
        return ""
    # Show only text that was searched, and nothing that may have been cut at the end of the searched part.
    shown = text[: LONGEST // 2]
    printable = "".join(character if character.isprintable() else " " for character in shown)
    short = spoken(" ".join(printable.split()))
    return short if len(short) <= _LONGEST_QUOTE else short[: _LONGEST_QUOTE - 1] + "…"


def said(body: bytes, secrets: Iterable[str]) -> str:
    """Return `quote` as a clause for the end of a sentence; empty if there is nothing to quote."""
    quoted = quote(body, secrets)
    return f' (it says "{quoted}")' if quoted else ""


def codes_of(body: bytes) -> tuple[str, ...]:
    """Return the codes of an error response that a specification lists, in the response's order."""
    return tuple(dict.fromkeys(_codes(body)))


def _codes(body: bytes) -> Iterator[str]:
    answer = _answer(body)
    errors = answer.get("errors")
    for error in errors if isinstance(errors, list) else (answer,):
        if isinstance(error, dict):
            yield from (code for code in _strings(error, "code", "error") if code in _CODES)


def _messages(body: bytes) -> Iterator[str]:
    """Yield the code and message of each error, in the formats that registries and token servers use.

    The distribution specification uses `{"errors": [{"code", "message"}]}`, Docker Hub's token server `{"details"}`,
    OAuth 2 `{"error", "error_description"}`, and many proxies `{"message"}`.
    """
    answer = _answer(body)
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        for error in errors:
            if isinstance(error, dict):
                yield ": ".join(_strings(error, "code", "message"))
    else:
        yield ": ".join(_strings(answer, "error", "error_description", "message", "details"))


def _answer(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body; an empty one if there is none, or if the body is too large for an error."""
    try:
        answer = json.loads(body) if len(body) <= _LARGEST else None
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _strings(answer: dict[str, Any], *keys: str) -> Iterator[str]:
    return (answer[key] for key in keys if isinstance(answer.get(key), str) and answer[key])
