"""White space and numbers as Go reads and writes them, which differs a little from Python."""

import math
import re
from decimal import Decimal

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters of `unicode.IsSpace`. Python's `str.strip` would also take U+001C to U+001F."""

SPACE_CLASS = re.escape(SPACES)
"""The same characters, escaped for the brackets of a regular expression."""

ASCII_SPACES = "\t\n\v\f\r "
"""White space where Go reads single bytes."""

RE2_SPACES = "\t\n\f\r "
r"""What `\s` matches in Go's regular expressions."""


_SMALLEST_POWER = -4
_PLAIN_DIGITS = 6


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of `text[start:end]` that is left after trimming white space, as offsets in `text`."""
    if start < end and text[start] not in SPACES and text[end - 1] not in SPACES:
        return start, end
    part = text[start:end]
    begin = end - len(part.lstrip(SPACES))
    return (begin, begin + len(part.strip(SPACES))) if begin < end else (end, end)


def as_go(value: float) -> str:
    """A number or boolean as Go's `%v` formats it: a float of seven digits or more with an exponent.

    Source: https://pkg.go.dev/fmt and `%e is used if` in https://github.com/golang/go/blob/master/src/strconv/ftoa.go
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    if not value:
        return "-0" if math.copysign(1, value) < 0 else "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    shown = "".join(map(str, digits))
    power = len(shown) - 1 + int(exponent)
    if not _SMALLEST_POWER <= power < _PLAIN_DIGITS:
        fraction = f".{shown[1:]}" if len(shown) > 1 else ""
        text = f"{shown[0]}{fraction}e{'-' if power < 0 else '+'}{abs(power):02}"
    else:
        text = format(Decimal(repr(abs(value))).normalize(), "f")
    return f"-{text}" if sign and not text.startswith("-") else text
