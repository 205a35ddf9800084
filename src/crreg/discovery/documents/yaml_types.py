"""The types that a YAML scalar without quotes has for Compose, which reads with go-yaml."""

import math
import re
from datetime import UTC, datetime

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?(?:0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = frozenset({".inf", "+.inf", "-.inf", ".nan"})
_TIME = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.\d+)?"
_DATE = re.compile(
    rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})(?:[Tt]{_TIME}(?:Z|[-+]\d\d:\d\d)| {_TIME})?", re.ASCII
)
_LONGEST_NUMBER = 300
_LARGEST = 2**64 - 1
_LEAST = -(2**63)


class Date(str):
    """A text without quotes that go-yaml reads as a date. Compose before 5.0 takes no dates, later ones take the text.

    Sources: parseTimestamp of https://github.com/yaml/go-yaml/blob/v3.0.4/resolve.go; Validate of
    https://github.com/compose-spec/compose-go/blob/v2.9.1/schema/schema.go, and of v2.10.0 (Compose 5.0)
    """

    __slots__ = ()


def typed(text: str) -> str | int | float | bool | None:
    """Return the value of a scalar without quotes."""
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if len(text) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(text):
            return _integer(text)
        if _FLOAT.fullmatch(text.replace("_", "")) and text[0] != "_":
            value = float(text.replace("_", ""))
            return value if math.isfinite(value) else text
        if text.lower() in _INFINITE and text[-3:] in {"inf", "Inf", "INF", "nan", "NaN", "NAN"}:
            return float(text.replace(".", ""))
    return Date(text) if _is_date(text) else text


def _integer(text: str) -> str | int | float:
    digits = text.replace("_", "")
    try:
        value = int(digits, 8 if re.fullmatch(r"[-+]?0[0-9]+", digits) else 0)
    except ValueError:
        # 089 is not an octal or any other integer, so Go reads it as a float.
        return float(digits) if _FLOAT.fullmatch(digits) else text
    if _LEAST <= value <= _LARGEST:
        return value
    # Go reads a number that is too large for its integers as a float, if it has only digits.
    return float(digits) if _FLOAT.fullmatch(digits) else text


def _is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    year, month, day, *time = (int(part) for part in match.groups("0"))
    hour, minute, second = (max(pair) for pair in zip(time[:3], time[3:], strict=True))
    try:
        datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return False
    return True
