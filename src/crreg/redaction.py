"""Keeping secret values out of everything that is written."""

import base64
import json
import urllib.parse
from collections.abc import Iterable, Mapping

from crreg.triple import Triple

REPLACEMENT = "***"
_SHORTEST_LINE = 4
"""Characters that a line of a value has at least to be masked: `{` alone, as in a JSON key, tells nothing and
stands everywhere."""
_SHORTEST_IN_TEXT = 6
_WELL_KNOWN_USERS = frozenset(
    {
        "AWS",
        "_json_key",
        "_json_key_base64",
        "oauth2accesstoken",
        "00000000-0000-0000-0000-000000000000",
        "<token>",
    }
)
"""Users that providers document for everybody; masking `AWS` would hide the word wherever it stands."""


def masks(triples: Iterable[Triple], others: Iterable[str] = ()) -> tuple[str, ...]:
    """Every text that must not be written, longest first.

    Of each triple the user and the password, each of their lines, and the base64 of `user:password`; of
    `others` (tokens, keys) the value and its lines. A user that is part of its own server's name, as Azure's
    admin users are, is left: masking it would hide the registry that a report is about.
    """
    found: set[str] = set()
    for triple in triples:
        user, password = triple.user or "", triple.password or ""
        if user and user not in _WELL_KNOWN_USERS and user not in (triple.server or ""):
            found |= _with_lines(user)
        if password:
            found |= _with_lines(password)
            for name, value in ((user, password), (user.strip(), password.strip())):
                found.add(base64.b64encode(f"{name}:{value}".encode(errors="surrogateescape")).decode())
    for other in others:
        found |= _with_lines(other)
    return tuple(sorted(filter(None, found), key=lambda text: (-len(text), text)))


def _with_lines(value: str) -> set[str]:
    lines = {line.strip() for line in value.splitlines()}
    return {value, value.strip(), *(line for line in lines if len(line) >= _SHORTEST_LINE)}


class Redactor:
    """Replaces masks in a finished text, also as JSON and URLs spell them.

    It stands behind the place where a value could first have got into a text, which is a server's answer, and
    there values of every length are taken out. Here those of under six characters are left: `me` as a user
    would tear holes into every other word.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        spellings: set[str] = set()
        for text in texts:
            if len(text) < _SHORTEST_IN_TEXT:
                continue
            spellings |= {
                text,
                json.dumps(text)[1:-1],
                json.dumps(text, ensure_ascii=False)[1:-1],
                urllib.parse.quote(text, safe="", errors="surrogateescape"),
            }
        self._spellings = sorted(spellings, key=lambda text: (-len(text), text))

    def redact(self, text: str) -> str:
        """The text without any mask."""
        for spelling in self._spellings:
            text = text.replace(spelling, REPLACEMENT)
        return text


def secret_environment(environment: Mapping[str, str], names: Iterable[str]) -> tuple[str, ...]:
    """The values of those variables that are set and not empty."""
    return tuple(value for name in names if (value := environment.get(name)))
