"""How talking to a registry fails, and what its error answers say, in words that are safe to show."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from crreg.redaction.readings import LONGEST
from crreg.redaction.spelling import repeats
from crreg.registry.outcome import Fault, LoginOutcome

_LONGEST_QUOTE = 200
_LARGEST = 64 * 1024
"""Bytes of an error answer that is parsed: parsed JSON takes some forty times its size."""
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
"""The codes of the distribution project's API and specification, and of OAuth 2 (RFC 6749 5.2, RFC 6750 3.1).

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes and
https://github.com/distribution/distribution/blob/main/docs/content/spec/api.md#errors-2
"""
_SECONDS = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class Known:
    """What a login showed of the account and the registry, however it ended."""

    identity: str = ""
    """Whose AWS keys they are, as an ARN; empty if they are none, or AWS did not say."""
    service: str = ""
    """What the registry calls itself in its challenge; empty if it does not. A stranger's words: compare them only."""


class RegistryError(Exception):
    """A registry, or what stands in front of it, did not do what was asked."""

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
        """How a login that meets this ends; any but `succeeded`."""
        self.detail = detail
        """What happened in plain words, without any value of a secret."""
        self.known = known
        self.fault = fault
        """What must change; None where the outcome tells, or nobody knows."""
        self.codes = codes
        """See `codes_of`."""

    def at(self, known: Known, cause: str = "") -> "RegistryError":
        """Return the same failure, of a login that showed `known`; `cause` is a sentence on why, or empty."""
        detail = f"{self.detail} {cause}" if cause else self.detail
        return RegistryError(self.outcome, detail, known, fault=self.fault, codes=self.codes)


def passing_fault(
    status: int, name: str, says: str, retry_after: str | None, codes: tuple[str, ...] = ()
) -> RegistryError | None:
    """What the statuses mean that are no verdict on the request; None for every other status."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        told = retry_after and _SECONDS.fullmatch(retry_after.strip())
        when = f"in {told[0]} seconds" if told else "later"
        detail = f"{name} has had too many requests and asks to come back {when}{says}."
        return RegistryError(LoginOutcome.RATE_LIMITED, detail, codes=codes)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RegistryError(
            LoginOutcome.SERVER_ERROR, f"{name} failed with status {status}{says}.", codes=codes
        )
    return None


def quote(body: bytes, secrets: Iterable[str]) -> str:
    """What an error answer says, for a person: at most 200 printable characters, empty if it says nothing.

    A server may echo what it was sent. Where any part of `secrets` is recognized in its words, however it is
    spelled, none of them is shown but the codes that a specification lists, which tell what went wrong and can
    hold nothing else.
    """
    said_in_full = "; ".join(_messages(body))
    if not repeats(said_in_full, secrets):
        return clean(said_in_full, ())
    return clean("; ".join(code for code in codes_of(body) if not repeats(code, secrets)), ())


def clean(text: str, secrets: Iterable[str]) -> str:
    """At most 200 printable characters of `text`; nothing where any part of `secrets` is recognized in it."""
    if repeats(text, secrets):
        return ""
    # What is shown is only of what was searched, and no piece that the search's end cut through.
    shown = text[: LONGEST // 2]
    printable = "".join(character if character.isprintable() else " " for character in shown)
    short = " ".join(printable.split())
    return short if len(short) <= _LONGEST_QUOTE else short[: _LONGEST_QUOTE - 1] + "…"


def said(body: bytes, secrets: Iterable[str]) -> str:
    """The same as a clause to end a sentence with, empty if it says nothing."""
    quoted = quote(body, secrets)
    return f' (it says "{quoted}")' if quoted else ""


def codes_of(body: bytes) -> tuple[str, ...]:
    """Return the codes of an error answer that a specification lists, in its order; they hold nothing else."""
    return tuple(dict.fromkeys(_codes(body)))


def _codes(body: bytes) -> Iterator[str]:
    answer = _answer(body)
    errors = answer.get("errors")
    for error in errors if isinstance(errors, list) else (answer,):
        if isinstance(error, dict):
            yield from (code for code in _strings(error, "code", "error") if code in _CODES)


def _messages(body: bytes) -> Iterator[str]:
    """Code and message of each error, in the shapes that registries and token servers send.

    The distribution specification has `{"errors": [{"code", "message"}]}`; Docker Hub's token server says
    `{"details"}`, OAuth 2 `{"error", "error_description"}`, proxies often `{"message"}`.
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
    """The object that the body holds; an empty one if it holds none, or is too large for an error."""
    try:
        answer = json.loads(body) if len(body) <= _LARGEST else None
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _strings(answer: dict[str, Any], *keys: str) -> Iterator[str]:
    return (answer[key] for key in keys if isinstance(answer.get(key), str) and answer[key])
