"""Keeping secret values out of everything that is written."""

import base64
from collections.abc import Iterable

from crreg.registry.providers import PUBLIC_USERS
from crreg.spelling import spellings
from crreg.triple import Triple

REPLACEMENT = "***"
_SHORTEST_LINE = 4
"""Characters that a line of a value has at least to be masked: `{` alone, as in a JSON key, tells nothing and
stands everywhere."""
_SHORTEST_IN_TEXT = 6


def secret_texts(triples: Iterable[Triple], others: Iterable[str] = ()) -> tuple[str, ...]:
    """Every text that must not be written, longest first.

    Of each triple the password, its lines, and the base64 of `user:password`; of `others` (tokens, keys) the
    value and its lines.
    """
    found: set[str] = set()
    for triple in triples:
        user, password = triple.user or "", triple.password or ""
        if password:
            found |= _with_lines(password)
            for name, value in ((user, password), (user.strip(), password.strip())):
                found.add(base64.b64encode(f"{name}:{value}".encode(errors="surrogateescape")).decode())
    for other in others:
        found |= _with_lines(other)
    return _ordered(found)


def user_texts(triples: Iterable[Triple], told: Iterable[str] = ()) -> tuple[str, ...]:
    """The users that a log need not show, longest first.

    A user that everybody knows is left, and one that is part of its own server's name, as Azure's admin users
    are, or of a text that is `told` anyway, such as the repository's name: masking it would hide the very words
    that a report is about.
    """
    texts = tuple(told)
    found: set[str] = set()
    for triple in triples:
        user = triple.user or ""
        if user not in PUBLIC_USERS and not any(user in text for text in (triple.server or "", *texts)):
            found |= _with_lines(user)
    return _ordered(found)


def _ordered(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(filter(None, texts), key=lambda text: (-len(text), text)))


def _with_lines(value: str) -> set[str]:
    lines = {line.strip() for line in value.splitlines()}
    return {value, value.strip(), *(line for line in lines if len(line) >= _SHORTEST_LINE)}


class Redactor:
    """Replaces secrets in a finished text, however they are spelled there.

    It stands behind the place where a value could first have got into a text, which is a server's answer, and
    there values of every length are taken out, users among them. Here those of under six characters are left:
    a password of two letters would tear holes into every other word.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        spelled = {
            spelling
            for text in texts
            if len(text) >= _SHORTEST_IN_TEXT
            for spelling in spellings(text)
            if len(spelling) >= _SHORTEST_IN_TEXT
        }
        self._spellings = sorted(spelled, key=lambda text: (-len(text), text))

    def redact(self, text: str) -> str:
        """The text without any mask."""
        for spelling in self._spellings:
            text = text.replace(spelling, REPLACEMENT)
        return text
