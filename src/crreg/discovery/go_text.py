"""What Go's text functions call white space, which Python's call a little differently."""

import re

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""The characters of `unicode.IsSpace`. Python's `str.strip` would also take U+001C to U+001F."""

SPACE_CLASS = re.escape(SPACES)
"""The same, to stand inside a regular expression's brackets."""

ASCII_SPACES = "\t\n\v\f\r "
"""White space where Go looks at one byte after the other."""

RE2_SPACES = "\t\n\f\r "
r"""What `\s` matches in Go's regular expressions."""


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of `text[start:end]` that is left after trimming white space, as offsets in `text`."""
    part = text[start:end]
    begin = end - len(part.lstrip(SPACES))
    return (begin, begin + len(part.strip(SPACES))) if begin < end else (end, end)
