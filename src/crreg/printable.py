"""Turn text from files and servers into one printable line, so that it can't be mistaken for anything else."""

import re
from collections.abc import Iterable

LONGEST = 300
"""Most characters of hostile text that a message quotes."""

OURS = "ours"
"""Key of a field's metadata for texts that crreg itself wrote, which are never redacted: True for every text, or a set
of words."""

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python counts as printable although nothing is drawn: two names that differ only in these look the same.

Source: Default_Ignorable_Code_Point in https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt, and the
blank braille pattern.
"""
_LOGIN = re.compile(r"://[^\s/]+@(?!sha[0-9])")
"""The user and password in a URL. A digest after `@` belongs to an image's name."""


def plain(text: str, limit: int = LONGEST) -> str:
    """Turn `text` into one line of at most `limit` printable characters.

    Control characters, line separators, terminal escapes, bidirectional controls and invisible characters are
    shown as Python escapes. `##[` is split, because a runner executes such a command anywhere in a line. The user and
    password of a URL are hidden.
    """
    if "://" in text:
        text = _LOGIN.sub("://***@", text)
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    if not (cut.isascii() and cut.isprintable()):
        cut = "".join(each if each.isprintable() else _escaped(each) for each in cut)
        cut = _INVISIBLE.sub(lambda found: _escaped(found[0]), cut)
    return cut.replace("##[", "## [")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def quoted(text: str, limit: int = LONGEST) -> str:
    """Put `text` in backticks, which mark literal text in messages; backticks in it are replaced."""
    return f"`{plain(text, limit).replace('`', chr(0x27))}`"


def spoken(text: str) -> str:
    """Return a stranger's words to put between double quotes, which none of them ends: what follows is crreg's own."""
    return text.replace('"', "'")


def sentence(text: str) -> str:
    """Turn `text` into a sentence: one line of up to twice the usual length, with a period at the end."""
    shown = plain(text.strip(), 2 * LONGEST) or "no reason given"
    return shown if shown.endswith((".", "!", "?", "…")) else f"{shown}."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that a misspelled one probably means: the only one that begins with it, or a similar one.

    None if there is none.
    """
    import difflib

    names, written = {name.lower(): name for name in known}, word.lower().replace("_", "-")
    begun = [name for name in names if written and name.startswith(written)]
    similar = begun if len(begun) == 1 else difflib.get_close_matches(written, names, n=1)
    return names[similar[0]] if similar else None


def plural(count: int, noun: str) -> str:
    """Return the count with its noun: `1 image`, `2,000 images`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
