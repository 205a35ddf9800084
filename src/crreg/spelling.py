"""The ways in which a server that was sent a secret spells it when it answers."""

import base64
import html
import json
import urllib.parse


def spellings(text: str) -> tuple[str, ...]:
    """The text as it is, in JSON, in an address, in HTML, in base64 and in hexadecimal digits, longest first.

    Each in lower and upper case as well, as of what stands in a host's name or is normalised. No list is complete: a
    server that means to tell a secret finds a way, and this one is about those that echo.
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


def _encoded(text: str) -> bytes:
    """The bytes that it travels as; what no environment holds, half of a character, has some too."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
