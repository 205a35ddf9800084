"""Find a secret in a server's response, in every encoding that a server may use."""

import base64
import functools
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator

from crreg.redaction.readings import readings

RUN = 8
"""Consecutive letters and digits that count as a part of a secret; fewer occur in ordinary words by chance."""
_SHORTEST = 4
"""Fewest letters and digits of a secret that is searched for inside words."""
_BASE64_RUN = 9
"""Characters of base64 that eight bytes fill at any offset."""
_SHORTEST_ENCODED = 5
_BOILERPLATE = (
    "type service_account project_id private_key_id private_key BEGIN PRIVATE KEY END PRIVATE KEY client_email "
    "iam.gserviceaccount.com client_id auth_uri https://accounts.google.com/o/oauth2/auth "
    "token_uri https://oauth2.googleapis.com/token "
    "auth_provider_x509_cert_url https://www.googleapis.com/oauth2/v1/certs "
    "client_x509_cert_url https://www.googleapis.com/robot/v1/metadata/x509 universe_domain googleapis.com"
)
"""The text that all of Google's service account key files have in common, in order; it is not secret."""


def spellings(text: str) -> tuple[str, ...]:
    """Return the text as it is and in JSON, URL, HTML, base64 and hexadecimal encodings, longest first.

    Each is included in lower and upper case too, because host names and normalization change the case. Use these to
    replace a secret in a text that is worth keeping; `repeats` recognizes many more.
    """
    data = _encoded(text)
    in_json = json.dumps(text)[1:-1]
    found = {
        text,
        in_json,
        json.dumps(text, ensure_ascii=False)[1:-1],
        json.dumps(in_json)[1:-1],
        "".join(f"\\u{ord(character):04x}" for character in text),
        urllib.parse.quote(data, safe=""),
        urllib.parse.quote(data),
        urllib.parse.quote_plus(data),
        html.escape(text),
        html.escape(text, quote=False),
        html.escape(text).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
        base64.b64encode(data).decode().rstrip("="),
        base64.urlsafe_b64encode(data).decode().rstrip("="),
        data.hex(),
    }
    found |= {spelling.lower() for spelling in found} | {spelling.upper() for spelling in found}
    return tuple(sorted(filter(None, found), key=lambda spelling: (-len(spelling), spelling)))


def folded(text: str) -> str:
    """Reduce a text to letters and digits, without case, accents and compatibility forms."""
    decomposed = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, decomposed.casefold()))


def repeats(text: str, secrets: Iterable[str]) -> bool:
    """Return whether `text` contains a part of a secret in any encoding.

    A part is eight consecutive letters and digits, so that a truncated, split or re-encoded secret is found too. A
    shorter secret must occur completely, possibly inside a word; one with fewer than four letters and digits must be
    a separate word. This can't find parts under eight letters and digits, ciphers, hashes, or replaced letters.
    """
    wanted = tuple(dict.fromkeys(filter(None, secrets)))
    if not wanted or not text:
        return False
    read = readings(text)
    squeezed = [_squeezed(reading) for reading in read]
    if any(_whole(secret, read, squeezed) for secret in wanted):
        return True
    windows = _Windows({folded(reading) for reading in read})
    return any(windows.contain(secret) for secret in wanted)


class _Windows:
    """All substrings of certain lengths of some texts.

    They are cut from the texts, which are short, and not from the secrets, because a server can send a long token.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)
        self._by_length: dict[tuple[int, bool], frozenset[str]] = {}

    def contain(self, secret: str) -> bool:
        """Return whether the texts contain a part of the secret."""
        is_key_file = '": "' in secret
        for text, run, fewest in _encodings(secret):
            length = min(run, len(text))
            if length < fewest:
                continue
            windows = self._of(length, is_key_file=is_key_file)
            if windows and not windows.isdisjoint(_cut(text, length)):
                return True
        return False

    def _of(self, length: int, *, is_key_file: bool) -> frozenset[str]:
        key = length, is_key_file
        if key not in self._by_length:
            found = frozenset(window for text in self._texts for window in _cut(text, length))
            self._by_length[key] = found - _common(length) if is_key_file else found
        return self._by_length[key]


def _cut(text: str, length: int) -> Iterator[str]:
    return (text[start : start + length] for start in range(len(text) - length + 1))


def encodings(secret: str) -> Iterator[tuple[str, int, int]]:
    """Yield the folded encodings of a secret.

    Each comes with the number of characters that eight of the secret's take up, and with the fewest that count.
    """
    data = _encoded(secret)
    texts = {
        secret,
        secret.encode("ascii", "ignore").decode(),
        data.decode("latin-1"),
        data.decode("cp1252", "replace"),
    }
    for text in texts:
        yield folded(text), RUN, _SHORTEST
    for encoded, width in (
        (data, 1),
        (secret.encode("utf-16-le", "surrogatepass"), 2),
        (secret.encode("utf-16-be", "surrogatepass"), 2),
    ):
        yield encoded.hex(), 2 * RUN * width, 2 * _SHORTEST
        for shift in range(3):
            yield folded(_base64_within(encoded, shift)), _BASE64_RUN * width, _SHORTEST_ENCODED


@functools.lru_cache(maxsize=16)
def _encodings(secret: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(dict.fromkeys(encodings(secret)))


@functools.cache
def _common(length: int) -> frozenset[str]:
    return frozenset(_cut(folded(_BOILERPLATE), length))


def _whole(secret: str, read: Iterable[str], squeezed: Iterable[str]) -> bool:
    """Return whether the whole secret occurs; this also finds secrets that are mostly punctuation."""
    needle = _squeezed(secret)
    if len(needle) >= _SHORTEST:
        return any(needle in text for text in squeezed)
    if not folded(secret):
        return False
    word = re.compile(rf"(?<!\w){re.escape(secret.strip())}(?!\w)", re.IGNORECASE)
    return any(word.search(text) for text in read)


def _squeezed(text: str) -> str:
    """Return the text without case, white space and unprintable characters."""
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(
        character for character in normal.casefold() if character.isprintable() and not character.isspace()
    )


def _base64_within(data: bytes, shift: int) -> str:
    """Return the base64 characters that depend only on `data`, if it starts `shift` bytes into a group of three."""
    encoded = base64.b64encode(b"\0" * shift + data).decode()
    # A byte fills one and a third characters, and the characters at both ends have bits of the neighboring bytes.
    first = (0, 2, 3)[shift]
    return encoded.rstrip("=")[first : -1 if encoded.endswith("=") else None]


def _encoded(text: str) -> bytes:
    """Encode a text as it is sent; an unpaired surrogate, which no environment contains, gets bytes too."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
