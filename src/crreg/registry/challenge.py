"""The WWW-Authenticate header, in which a registry says which login it wants, parsed as docker's client does.

Docker is more tolerant than RFC 9110, section 11.6.1, and stricter in some places. It keeps what it read before a
syntax error, and sees only the first challenge of each header. Source: parseValueAndParams in
https://github.com/distribution/distribution/blob/v2.8.3/registry/client/auth/challenge/authchallenge.go
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Possessive quantifiers keep the time linear: they never backtrack.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++")
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*+")


@dataclass(frozen=True, slots=True)
class Challenge:
    """One login that the registry would accept."""

    scheme: str
    """In lower case: `basic`, `bearer`."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case, up to the first syntax error. The last of two with the same name wins."""

    @property
    def service(self) -> str:
        """The registry's name for itself: the service of Bearer, the realm of Basic; empty if it has none."""
        return self.parameters.get("realm" if self.scheme == "basic" else "service", "")


def seen_by_docker(header_values: Iterable[str]) -> list[Challenge]:
    """Parse the challenges that docker sees, the first of each WWW-Authenticate header, in linear time."""
    return [challenge for value in header_values if (challenge := _first(value)) is not None]


def _first(value: str) -> Challenge | None:
    scheme = _TOKEN.match(value)
    if scheme is None:
        return None
    return Challenge(scheme[0].lower(), _parameters(value, _end(_SPACE, value, scheme.end())))


def _parameters(value: str, position: int) -> dict[str, str]:
    """Parse parameters up to the first syntax error or the next scheme."""
    parameters: dict[str, str] = {}
    while (name := _TOKEN.match(value, position)) is not None:
        if not value.startswith("=", name.end()):
            # A name without a value is the next scheme.
            return parameters
        text, position = _value(value, name.end() + 1)
        if not text:
            return parameters
        parameters[name[0].lower()] = text
        position = _end(_SPACE, value, position)
        if not value.startswith(",", position):
            return parameters
        position = _end(_SPACE, value, position + 1)
    return parameters


def _value(value: str, position: int) -> tuple[str, int]:
    """Return a parameter's value without quotes and escapes (empty if there is none), and where it ends."""
    quoted = _QUOTED.match(value, position)
    if quoted is not None:
        return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()
    token = _TOKEN.match(value, position)
    return (token[0], token.end()) if token is not None else ("", position)


def _end(pattern: re.Pattern[str], value: str, position: int) -> int:
    match = pattern.match(value, position)
    return match.end() if match else position
