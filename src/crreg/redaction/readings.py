"""Decode a text in every way that escapes and encodings allow."""

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator

LONGEST = 1200
"""Characters of a text that are examined."""
_MOST = 64
"""Most readings of one text: enough for three nested encodings, and a limit for hostile texts."""
_UNICODE_ESCAPE = re.compile(
    r"(?:(?:\\+|%)u\{?|_x|[Uu]\+)(?P<code>[0-9a-fA-F]{4})[}_]?|\\+u\{(?P<braced>[0-9a-fA-F]{1,6})\}"
)
_BYTE_ESCAPES = tuple(
    re.compile(form)
    for form in (r"(?:%[0-9a-fA-F]{2})+", r"(?:\\+x[0-9a-fA-F]{2})+", r"(?:=[0-9a-fA-F]{2})+")
)
_OCTAL = re.compile(r"(?:\\+[0-3][0-7]{2})+")
_SOFT_BREAK = re.compile(r"=[ \t]*\r?\n")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}")
_BASE64_GROUP = 4
_BASE32 = re.compile(r"[A-Za-z2-7]{13,}")
_BASE32_GROUP = 8
_HEX = re.compile(r"(?:(?:0x|\\x)?[0-9a-fA-F]{2}[\s,:;-]{0,2}){4,}")
_HEX_DIGITS = re.compile(r"(?:0x|\\x)|([0-9a-fA-F]{2})")
_NUMBERS = re.compile(r"(?:-?[0-9]{1,5}[\s,;]{1,3}){3,}-?[0-9]{1,5}")
_BITS = re.compile(r"(?:[01]{8}[\s,]{0,2}){4,}")
_TERMINAL_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_LARGEST_CODE = 0x10FFFF
_BYTES = range(-0x80, 0x100)
"""Byte values, signed or unsigned."""


def readings(text: str) -> tuple[str, ...]:
    """Return the text and all its decodings, including nested ones."""
    start = _TERMINAL_ESCAPE.sub("", text[:LONGEST])
    found = dict.fromkeys([start])
    # Repeated escapes come first, so that other readings do not use up the limit.
    while (undone := next(_unescaped(next(reversed(found))))) not in found and len(found) < _MOST // 4:
        found[undone] = None
    waiting = list(found)
    for transformed in (start[::-1], codecs.encode(start, "rot13")):
        if transformed not in found:
            found[transformed] = None
            waiting.append(transformed)
    while waiting:
        reading = waiting.pop(0)
        for decode in _DECODERS:
            for decoded in decode(reading):
                if decoded and decoded not in found and len(found) < _MOST:
                    found[decoded] = None
                    waiting.append(decoded)
    return tuple(found)


def _unescaped(text: str) -> Iterator[str]:
    """Decode all kinds of escapes at once; most servers use only one kind."""
    undone = html.unescape(text)
    undone = _UNICODE_ESCAPE.sub(_character, undone)
    undone = _SOFT_BREAK.sub("", undone)
    for escape in _BYTE_ESCAPES:
        undone = escape.sub(lambda match: _text(_hex_bytes(match[0])), undone)
    undone = _OCTAL.sub(
        lambda match: _text(bytes(int(code, 8) for code in re.findall("[0-7]{3}", match[0]))), undone
    )
    yield _joined_surrogates(undone)


def _each_escape(text: str) -> Iterator[str]:
    """Decode each kind of escape separately, because a text may contain something that only looks like another kind."""
    yield html.unescape(text)
    yield _joined_surrogates(_UNICODE_ESCAPE.sub(_character, text))
    for escape in _BYTE_ESCAPES:
        yield escape.sub(lambda match: _text(_hex_bytes(match[0])), text)


def _misread(text: str) -> Iterator[str]:
    """Decode UTF-8 that was misread in another encoding."""
    if not text.isascii():
        for encoding in ("latin-1", "cp1252"):
            yield text.encode(encoding, "ignore").decode("utf-8", "ignore")


def _from_base64(text: str) -> Iterator[str]:
    yield from _grouped(text, _BASE64, _BASE64_GROUP, _decoded_base64)


def _from_base32(text: str) -> Iterator[str]:
    yield from _grouped(text, _BASE32, _BASE32_GROUP, _decoded_base32)


def _grouped(
    text: str, alphabet: re.Pattern[str], group: int, decode: Callable[[str], bytes]
) -> Iterator[str]:
    """Decode an encoding that uses groups of characters, for every possible start of the first group."""
    runs = alphabet.findall("".join(text.split()))
    for offset in range(group if runs else 0):
        pieces = []
        for run in runs:
            shifted = run[offset:]
            pieces.append(decode(shifted[: len(shifted) // group * group]))
            # The rest is an incomplete group without padding.
            rest = shifted[len(shifted) // group * group :]
            pieces[-1] += decode(rest) if len(rest) > 1 else b""
        yield "\n".join(filter(None, map(_legible, pieces)))


def _decoded_base64(run: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(run.replace("+", "-").replace("/", "_") + "=" * (-len(run) % 4))
    except (ValueError, binascii.Error):
        return b""


def _decoded_base32(run: str) -> bytes:
    try:
        return base64.b32decode(run + "=" * (-len(run) % 8), casefold=True)
    except (ValueError, binascii.Error):
        return b""


def _from_hex(text: str) -> Iterator[str]:
    found = [_legible(_hex_bytes(match[0])) for match in _HEX.finditer(text)]
    if found:
        yield "\n".join(filter(None, found))


def _from_numbers(text: str) -> Iterator[str]:
    """Decode printed arrays of byte or character codes; Java's bytes are signed."""
    found = []
    for match in _NUMBERS.finditer(text):
        codes = [int(code) for code in re.findall(r"-?[0-9]+", match[0])]
        if all(code in _BYTES for code in codes):
            found.append(_text(bytes(code % 0x100 for code in codes)))
        else:
            found.append("".join(chr(code) for code in codes if 0 <= code <= _LARGEST_CODE))
    if found:
        yield "\n".join(found)


def _from_bits(text: str) -> Iterator[str]:
    found = [
        _text(bytes(int(bits, 2) for bits in re.findall("[01]{8}", match[0])))
        for match in _BITS.finditer(text)
    ]
    if found:
        yield "\n".join(found)


_DECODERS = (
    _unescaped,
    _each_escape,
    _misread,
    _from_base64,
    _from_hex,
    _from_numbers,
    _from_bits,
    _from_base32,
)


def _character(match: re.Match[str]) -> str:
    code = int(match["code"] or match["braced"], 16)
    return chr(code) if code <= _LARGEST_CODE else ""


def _hex_bytes(text: str) -> bytes:
    return bytes(int(digits, 16) for digits in _HEX_DIGITS.findall(text) if digits)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _joined_surrogates(text: str) -> str:
    """Join surrogate pairs, which JSON escapes as two halves."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _legible(data: bytes) -> str:
    """Return the bytes as text if they may be text; otherwise an empty string, so that decoding ends here."""
    if b"\0" in data or re.search(rb"[A-Za-z0-9]{4}", data):
        return _text(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""
