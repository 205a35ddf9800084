"""How talking to a registry fails, and what its error answers say, in words that are safe to show."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from crreg.registry.outcome import LoginOutcome
from crreg.spelling import spellings

_LONGEST_QUOTE = 200
# A short secret stands within ordinary words by chance; taking it out there would give it away.
_SHORTEST_ANYWHERE = 8
_SHORTEST_REPLACED = 4
_REPLACEMENT = "***"
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

    def __init__(self, outcome: LoginOutcome, detail: str, known: Known = Known()) -> None:
        super().__init__(detail)
        self.outcome = outcome
        """How a login that meets this ends; any but `succeeded`."""
        self.detail = detail
        """What happened in plain words, without any value of a secret."""
        self.known = known


def passing_fault(status: int, name: str, says: str, retry_after: str | None) -> RegistryError | None:
    """What the statuses mean that are no verdict on the request; None for every other status."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        told = retry_after and _SECONDS.fullmatch(retry_after.strip())
        when = f"in {told[0]} seconds" if told else "later"
        detail = f"{name} has had too many requests and asks to come back {when}{says}."
        return RegistryError(LoginOutcome.RATE_LIMITED, detail)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return RegistryError(LoginOutcome.SERVER_ERROR, f"{name} failed with status {status}{says}.")
    return None


def quote(body: bytes, secrets: Iterable[str]) -> str:
    """What an error answer says, for a person: at most 200 printable characters, empty if it says nothing.

    A server may echo what it was sent, so every one of `secrets` is taken out, however it is spelled.
    """
    return clean("; ".join(_messages(body)), secrets)


def clean(text: str, secrets: Iterable[str]) -> str:
    """At most 200 printable characters of `text` without any of `secrets`; nothing if one is too short to tell."""
    spelled = {spelling for secret in secrets for spelling in spellings(secret)}
    for secret in sorted(spelled, key=len, reverse=True):
        if len(secret) >= _SHORTEST_ANYWHERE:
            text = text.replace(secret, _REPLACEMENT)
            continue
        whole_word = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
        if len(secret) < _SHORTEST_REPLACED and whole_word.search(text):
            return ""
        text = whole_word.sub(_REPLACEMENT, text)
    printable = "".join(character if character.isprintable() else " " for character in text)
    short = " ".join(printable.split())
    return short if len(short) <= _LONGEST_QUOTE else short[: _LONGEST_QUOTE - 1] + "…"


def said(body: bytes, secrets: Iterable[str]) -> str:
    """The same as a clause to end a sentence with, empty if it says nothing."""
    quoted = quote(body, secrets)
    return f' (it says "{quoted}")' if quoted else ""


def _messages(body: bytes) -> Iterator[str]:
    """Code and message of each error, in the shapes that registries and token servers send.

    The distribution specification has `{"errors": [{"code", "message"}]}`; Docker Hub's token server says
    `{"details"}`, OAuth 2 `{"error", "error_description"}`, proxies often `{"message"}`.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return
    if not isinstance(answer, dict):
        return
    errors = answer.get("errors")
    if isinstance(errors, list) and errors:
        for error in errors:
            if isinstance(error, dict):
                yield ": ".join(_strings(error, "code", "message"))
    else:
        yield ": ".join(_strings(answer, "error", "error_description", "message", "details"))


def _strings(answer: dict[str, Any], *keys: str) -> Iterator[str]:
    return (answer[key] for key in keys if isinstance(answer.get(key), str) and answer[key])
