"""A token server's response, decoded as docker does: if Go rejects it, a codespace can't log in.

Source: getTokenResponse in https://github.com/distribution/distribution/blob/v2.8.3/registry/client/auth/session.go,
https://pkg.go.dev/encoding/json#Unmarshal and https://pkg.go.dev/time#Time.UnmarshalJSON
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn

_USABLE = re.compile(r"[!-~]+")
_LONGEST_TOKEN = 16 * 1024
"""Characters; a token is sent in a header, and servers accept 8 kB of headers by default.

Source: https://nginx.org/en/docs/http/ngx_http_core_module.html#large_client_header_buffers
"""
LARGEST_ANSWER = 64 * 1024
"""Bytes of a response with a token, which may contain it twice."""
_DEFAULT_LIFETIME = 60.0
"""Default lifetime of a token in seconds (distribution's token specification)."""
_LONGEST_LIFETIME = 86_400.0
_INT64 = 1 << 63
_BLANK = " \t\r\n"
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(?:Z|[+-]([0-9]{2}):([0-9]{2}))"
)
"""RFC 3339 as Go parses it: no lower case, no comma, two digits everywhere."""
_BOUNDS = (23, 59, 59, 24, 60)
"""Maximum hours, minutes and seconds, and maximum hours and minutes of the offset."""
_TEXTS = ("token", "access_token", "refresh_token")


class InvalidTokenAnswer(ValueError):  # noqa: N818 - the name says what it is; "Error" would add nothing
    """Docker can't decode the response; the message completes "it returned", without quoting a value."""


class NoToken(InvalidTokenAnswer):
    """The response has no token, like a web page; a later one may have one."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A token that a token server issued."""

    value: str = field(repr=False)
    lifetime: float
    """Seconds from the time of the request."""


class _Pairs(tuple[tuple[str, object], ...]):
    """The members of a JSON object in their order, repeated ones included."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Fraction:
    """A number with a fraction or an exponent, which Go does not decode into an integer."""

    text: str


def read_token(body: bytes) -> BearerToken:
    """Read the token and its lifetime.

    Raises:
        NoToken: there is no token.
        InvalidTokenAnswer: docker can't decode the response.
    """
    members = _members(body)
    for name in _TEXTS:
        if not isinstance(members.get(name, ""), str):
            raise InvalidTokenAnswer(f"a {name} that is not a string")
    lifetime = _lifetime(members.get("expires_in", 0))
    _check_moment(members.get("issued_at"))
    # Docker prefers access_token if there are both.
    token = members.get("access_token") or members.get("token")
    if not isinstance(token, str):
        raise NoToken("no token")
    if len(token) > _LONGEST_TOKEN or not _USABLE.fullmatch(token):
        raise InvalidTokenAnswer("a token that can't be sent")
    return BearerToken(token, lifetime)


def _members(body: bytes) -> Mapping[str, object]:
    """Decode the first JSON value, an object. Names ignore case, the last duplicate wins, and null means missing."""
    text = body.decode("utf-8", "replace").lstrip(_BLANK)
    decoder = json.JSONDecoder(
        object_pairs_hook=_Pairs, parse_float=_Fraction, parse_constant=_not_json, strict=True
    )
    try:
        answer, _ = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        raise NoToken("something other than JSON") from None
    if answer is None:
        return {}
    if not isinstance(answer, _Pairs):
        raise NoToken("JSON that is not an object")
    return {name.casefold(): value for name, value in answer if value is not None}


def _not_json(text: str) -> NoReturn:
    raise ValueError(text)


def _lifetime(value: object) -> float:
    """Read `expires_in`, which Go decodes into an int."""
    if isinstance(value, bool) or not isinstance(value, int) or not -_INT64 <= value < _INT64:
        raise InvalidTokenAnswer("an expires_in that is not a whole number")
    return float(min(value, _LONGEST_LIFETIME)) if value > 0 else _DEFAULT_LIFETIME


def _check_moment(value: object) -> None:
    """Check `issued_at`, which Go decodes into a time."""
    if value is None:
        return
    moment = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if moment is None or not _is_date(moment[1]):
        raise InvalidTokenAnswer("an issued_at that is not an RFC 3339 time")
    parts = moment.groups("0")[1:]
    if any(int(part) > bound for part, bound in zip(parts, _BOUNDS, strict=True)):
        raise InvalidTokenAnswer("an issued_at that is not an RFC 3339 time")


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text if text[:4] != "0000" else f"2000{text[4:]}")
    except ValueError:
        return False
    return True
