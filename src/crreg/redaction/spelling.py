"""The ways in which a server that was sent a secret spells it when it answers, and how to recognize them."""

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
"""Letters and digits in a row that count as a part of a secret; fewer stand in ordinary words by chance."""
_SHORTEST = 4
"""Letters and digits of a secret that is looked for within words."""
_BASE64_RUN = 9
"""Characters of base64 that eight bytes fill wherever they begin."""
_SHORTEST_ENCODED = 5
_BOILERPLATE = (
    "type service_account project_id private_key_id private_key BEGIN PRIVATE KEY END PRIVATE KEY client_email "
    "iam.gserviceaccount.com client_id auth_uri https://accounts.google.com/o/oauth2/auth "
    "token_uri https://oauth2.googleapis.com/token "
    "auth_provider_x509_cert_url https://www.googleapis.com/oauth2/v1/certs "
    "client_x509_cert_url https://www.googleapis.com/robot/v1/metadata/x509 universe_domain googleapis.com"
)
"""What every service account's key file of Google has in common, in its order; it gives nothing away."""


def spellings(text: str) -> tuple[str, ...]:
    """The text as it is, in JSON, in an address, in HTML, in base64 and in hexadecimal digits, longest first.

    Each in lower and upper case as well, as of what stands in a host's name or is normalized. These are for
    replacing a secret within a text that is worth keeping; `repeats` recognizes many more.
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
    """The letters and digits alone, without case, accents and compatibility forms."""
    decomposed = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return "".join(filter(str.isalnum, decomposed.casefold()))


def repeats(text: str, secrets: Iterable[str]) -> bool:
    """Whether `text` holds a part of a secret, however it is spelled.

    A part is eight consecutive letters and digits, so that what was cut off, split or re-encoded is found too. Of a
    shorter secret it is the whole, also within a word; of one with fewer than four letters and digits it is the
    whole as a word of its own. What no reading can tell from chance: a part of under eight letters and digits,
    ciphers, hashes, and letters that were exchanged for others.
    """
    wanted = tuple(dict.fromkeys(filter(None, secrets)))
    if not wanted or not text:
        return False
    read = readings(text)
    squeezed = [_squeezed(reading) for reading in read]
    if any(_whole(secret, read, squeezed) for secret in wanted):
        return True
    there = _Windows({folded(reading) for reading in read})
    return any(there.hold(secret) for secret in wanted)


class _Windows:
    """All strings of so many characters that stand in some texts.

    What is kept is cut from the texts, which are short, and not from the secrets: a server can make its token long.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = tuple(texts)
        self._by_length: dict[tuple[int, bool], frozenset[str]] = {}

    def hold(self, secret: str) -> bool:
        """Whether they hold a part that gives the secret away."""
        is_key_file = '": "' in secret
        for text, run, fewest in _encodings(secret):
            length = min(run, len(text))
            if length < fewest:
                continue
            there = self._of(length, is_key_file=is_key_file)
            if there and not there.isdisjoint(_cut(text, length)):
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
    """What is left of a secret's spellings once they are folded.

    Each with the number of characters that eight of the secret's make, and with the fewest that tell anything.
    """
    data = _encoded(secret)
    told = {
        secret,
        secret.encode("ascii", "ignore").decode(),
        data.decode("latin-1"),
        data.decode("cp1252", "replace"),
    }
    for text in told:
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
    """Whether a secret is there as a whole, which also finds those of which punctuation makes the most."""
    needle = _squeezed(secret)
    if len(needle) >= _SHORTEST:
        return any(needle in text for text in squeezed)
    if not folded(secret):
        return False
    word = re.compile(rf"(?<!\w){re.escape(secret.strip())}(?!\w)", re.IGNORECASE)
    return any(word.search(text) for text in read)


def _squeezed(text: str) -> str:
    """The text without case, white space and what is not printable."""
    normal = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(
        character for character in normal.casefold() if character.isprintable() and not character.isspace()
    )


def _base64_within(data: bytes, shift: int) -> str:
    """The characters of base64 that depend on `data` alone where it begins `shift` bytes into a group of three."""
    encoded = base64.b64encode(b"\0" * shift + data).decode()
    # A byte fills one character and a third, and the characters at both ends hold bits of its neighbors.
    first = (0, 2, 3)[shift]
    return encoded.rstrip("=")[first : -1 if encoded.endswith("=") else None]


def _encoded(text: str) -> bytes:
    """The bytes that it travels as; what no environment holds, half of a character, has some too."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
