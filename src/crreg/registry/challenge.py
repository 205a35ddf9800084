"""The WWW-Authenticate header: how a registry says which login it wants (RFC 9110, section 11.6.1)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

# Possessive quantifiers keep the time linear: nothing read is ever read again in another way.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]++")
_TOKEN68 = re.compile(r"([A-Za-z0-9._~+/-]++=*+)[ \t]*+(?=,|\Z)")
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_EQUALS = re.compile(r"[ \t]*+=[ \t]*+")
_SPACE = re.compile(r"[ \t]*+")
_SEPARATORS = re.compile(r"[ \t,]*+")
_MOST_ELEMENTS = 1000
"""Schemes and parameters of one value; real ones have a handful."""


class InvalidChallenge(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """The header breaks its grammar; the message says how, without quoting it."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """One login that the registry would take."""

    scheme: str
    """In lower case: `basic`, `bearer`."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """By name in lower case; of one that stands twice, the last."""
    token68: str = ""
    """What stands in place of parameters, in schemes such as Negotiate."""

    @property
    def service(self) -> str:
        """What the registry calls itself: the service of Bearer, the realm of Basic; empty if it does not."""
        return self.parameters.get("realm" if self.scheme == "basic" else "service", "")


def parse_challenges(header_values: Iterable[str]) -> list[Challenge]:
    """Every challenge of one answer's WWW-Authenticate headers, in order; time is linear in their length.

    Raises:
        InvalidChallenge: a value breaks the grammar.
    """
    return [challenge for value in header_values for challenge in _challenges(value)]


def _challenges(value: str) -> Iterator[Challenge]:
    scheme = ""
    token68 = ""
    parameters: dict[str, str] = {}
    position = _end(_SEPARATORS, value, 0)
    elements = 0
    while position < len(value):
        elements += 1
        if elements > _MOST_ELEMENTS:
            raise InvalidChallenge("it has too many parts")
        word = _TOKEN.match(value, position)
        if word is None:
            raise InvalidChallenge("a scheme or a parameter's name was expected")
        equals = _EQUALS.match(value, word.end())
        if equals is not None:
            if not scheme or token68:
                raise InvalidChallenge("a parameter stands where a scheme was expected")
            parameters[word[0].lower()], position = _value(value, equals.end())
        else:
            if scheme:
                yield Challenge(scheme, parameters, token68)
            scheme, parameters = word[0].lower(), {}
            token68, position = _after_scheme(value, word.end())
            if position < len(value) and value[position] != "," and not token68:
                continue
        position = _next(value, position)
    if scheme:
        yield Challenge(scheme, parameters, token68)


def _after_scheme(value: str, position: int) -> tuple[str, int]:
    """What stands in place of parameters, if anything does, and where the rest begins."""
    start = _end(_SPACE, value, position)
    if start == position and position < len(value) and value[position] != ",":
        raise InvalidChallenge("a scheme is not followed by a space")
    match = _TOKEN68.match(value, start)
    # Without an equals sign at its end it could be the next scheme only after a comma, so it is a token here.
    return (match[1], match.end()) if match else ("", start)


def _value(value: str, position: int) -> tuple[str, int]:
    """A parameter's value, without quotes and escapes, and where it ends."""
    token = _TOKEN.match(value, position)
    if token is not None:
        return token[0], token.end()
    quoted = _QUOTED.match(value, position)
    if quoted is None:
        raise InvalidChallenge("a parameter has no value, or its quotation mark is not closed")
    return _ESCAPED.sub(r"\1", quoted[1]), quoted.end()


def _next(value: str, position: int) -> int:
    """Where the next element of the list begins."""
    position = _end(_SPACE, value, position)
    if position < len(value) and value[position] != ",":
        raise InvalidChallenge("a comma was expected")
    return _end(_SEPARATORS, value, position)


def _end(pattern: re.Pattern[str], value: str, position: int) -> int:
    match = pattern.match(value, position)
    return match.end() if match else position
