"""A server echoes a secret in one of the ways that its language offers: none of them is shown."""

import base64
import codecs
import functools
import html
import json
import quopri
import unicodedata
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.redaction.readings import LONGEST, readings
from crreg.redaction.redact import Redactor
from crreg.redaction.spelling import folded, repeats, spellings
from crreg.registry.errors import quote

SECRET = "Sup3r$ecret\"P/a&s's<w+o>rd é%"
USER = "octocat"
WAYS: dict[str, Callable[[str], str]] = {
    "itself": str,
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON escapes": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "address": lambda text: urllib.parse.quote(text, safe=""),
    "address in lower case": lambda text: urllib.parse.quote(text).lower(),
    "form": urllib.parse.quote_plus,
    "HTML": html.escape,
    "HTML of Go": lambda text: html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex().upper(),
    "lower case": str.lower,
}
"""Those that are replaced within a text that is worth keeping."""


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _all_but_ascii(text: str, form: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else form.format(ord(c)) for c in text)


DISGUISES: dict[str, Callable[[str], str]] = {
    **WAYS,
    "JSON of Go": lambda text: json.dumps(text, ensure_ascii=False).replace("&", "\\u0026"),
    "JSON of PHP": lambda text: json.dumps(text).replace("/", "\\/"),
    "JSON five times": lambda text: json.dumps(json.dumps(json.dumps(json.dumps(json.dumps(text))))),
    "bytes of Go": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "bytes of Python": lambda text: repr(text.encode()),
    "octal escapes": lambda text: "".join(f"\\{byte:03o}" for byte in text.encode()),
    "escapes of ECMAScript": lambda text: "".join(f"\\u{{{ord(character):x}}}" for character in text),
    "escapes of IIS": lambda text: "".join(f"%u{ord(character):04x}" for character in text),
    "code points": lambda text: " ".join(f"U+{ord(character):04X}" for character in text),
    "names in XML": lambda text: _all_but_ascii(text, "_x{:04X}_"),
    "array of bytes": lambda text: str(list(text.encode())),
    "slice of Go": lambda text: f"[{' '.join(map(str, text.encode()))}]",
    "bytes of Java": lambda text: str([byte - 256 if byte > 127 else byte for byte in text.encode()]),
    "bits": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "UTF-8 read as Latin-1": lambda text: text.encode().decode("latin-1"),
    "UTF-8 read as Latin-1 twice": lambda text: text.encode().decode("latin-1").encode().decode("latin-1"),
    "UTF-8 read as Windows-1252": lambda text: text.encode().decode("cp1252", "replace"),
    "ASCII": lambda text: text.encode("ascii", "replace").decode(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "decimal entities": lambda text: _all_but_ascii(text, "&#{};"),
    "hexadecimal entities": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "entities without an end": lambda text: "".join(f"&#{ord(character)} " for character in text),
    "entities twice": lambda text: html.escape(html.escape(text)),
    "address with another safe set": lambda text: urllib.parse.quote(text, safe="+=$&"),
    "address four times": lambda text: functools.reduce(
        lambda quoted, _: urllib.parse.quote(quoted, safe=""), range(4), text
    ),
    "user and password": lambda text: _base64(f"{USER}:{text}".encode()),
    "no user and password": lambda text: _base64(f":{text}".encode()),
    "user and password with a line end": lambda text: _base64(f"{USER}:{text}\n".encode()),
    "base64 twice": lambda text: _base64(_base64(f"{USER}:{text}".encode()).encode()),
    "base64 three times": lambda text: _base64(_base64(_base64(text.encode()).encode()).encode()),
    "base64 in lines": lambda text: "\n".join(
        _base64(b"x" + text.encode())[start : start + 10] for start in range(0, 60, 10)
    ),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64 in lower case": lambda text: _base64(f":{text}".encode()).lower(),
    "base64 of JSON": lambda text: _base64(json.dumps({"password": text}).encode()),
    "base64 of a header": lambda text: _base64(f"Authorization: Basic {_base64(text.encode())}".encode()),
    "base64 of UTF-16": lambda text: _base64(text.encode("utf-16-le")),
    "base64 in an address": lambda text: urllib.parse.quote(_base64(text.encode()), safe=""),
    "base64 backwards": lambda text: _base64(text.encode())[::-1],
    "base32": lambda text: base64.b32encode(text.encode()).decode().rstrip("=").lower(),
    "hexadecimal with colons": lambda text: text.encode().hex(":"),
    "hexadecimal with prefixes": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
    "hexadecimal of UTF-16": lambda text: text.encode("utf-16-be").hex(),
    "hexadecimal of base64": lambda text: _base64(text.encode()).encode().hex(),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()).decode(),
    "title case": str.title,
    "swapped case": str.swapcase,
    "title case in an address": lambda text: urllib.parse.quote(text, safe="").title(),
    **{
        f"split by {name}": functools.partial(lambda by, text: by.join(text), by)
        for name, by in {
            "soft hyphens": "\u00ad",
            "NUL": "\0",
            "zero-width spaces": "\u200b",
            "line separators": "\u2028",
            "tabs": "\t",
            "spaces": " ",
            "periods": ".",
            "colors": "\x1b[1m",
        }.items()
    },
    "split by a line end": lambda text: f"{text[:9]}\r\n{text[9:]}",
    "backwards": lambda text: text[::-1],
    "thirteen letters on": lambda text: codecs.encode(text, "rot13"),
    "its first sixteen": lambda text: f"{text[:16]}...",
    "all but its first": lambda text: text[1:],
    "its middle": lambda text: text[3:16],
    "an address with it": lambda text: f"https://{USER}:{urllib.parse.quote(text, safe='')}@host/",
    "Punycode": lambda text: text.encode("punycode").decode(),
    "shell": lambda text: "'" + text.replace("'", "'\\''") + "'",
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(
    "secret", [SECRET, "correct-horse-battery", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"]
)
def test_no_echo_of_a_password_is_quoted(disguise: str, secret: str) -> None:
    words = f"credential [{DISGUISES[disguise](secret)}] is bad"
    body = json.dumps({"errors": [{"code": "DENIED", "message": words}]}).encode()
    assert quote(body, [USER, secret]) == "DENIED"


@pytest.mark.parametrize("way", WAYS)
def test_no_echo_of_a_password_stands_in_a_report(way: str) -> None:
    redacted = Redactor([SECRET]).redact(f"<{WAYS[way](SECRET)}>")
    assert redacted.replace("=", "").replace('\\"', "").replace('"', "") == "<***>"


@pytest.mark.parametrize(
    "words",
    [
        "user_octocat_denied",
        "OctoCat may not",
        "octo\u00adcat",
        "b2N0b2NhdDpub3BlLW5vcGU=",
        "%6f%63%74%6f%63%61%74",
    ],
)
def test_a_short_user_is_recognized_within_a_word(words: str) -> None:
    assert repeats(words, [USER])


@pytest.mark.parametrize(
    "words",
    [
        "requested access to the resource is denied",
        "authentication required",
        "Your authorization token has expired. Reauthenticate and try again.",
        "manifest unknown: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    ],
)
def test_what_registries_say_is_quoted_where_it_repeats_nothing(words: str) -> None:
    secrets = ["mona", "hunter2-hunter2", base64.b64encode(b"mona:hunter2-hunter2").decode(), "me"]
    assert quote(json.dumps({"message": words}).encode(), secrets) == words


def test_what_every_key_file_of_google_says_is_no_secret() -> None:
    key = json.dumps({"type": "service_account", "project_id": "acme", "private_key": "AAAA" * 9}, indent=2)
    secrets = [key, *key.splitlines()]
    assert not repeats("the service_account has no permission at googleapis.com", secrets)
    assert repeats(f"key {'A' * 12}", secrets)


def test_a_code_that_no_specification_lists_is_not_quoted_beside_a_secret() -> None:
    body = {"errors": [{"code": f"X_{SECRET}"}, {"code": "OTHER"}, {"code": "NAME_UNKNOWN"}], "error": "x"}
    assert quote(json.dumps(body).encode(), [SECRET]) == "NAME_UNKNOWN"


def test_a_code_that_is_the_secret_is_not_quoted() -> None:
    body = {"errors": [{"code": "DENIED", "message": "denied"}, {"code": "UNAUTHORIZED"}]}
    assert quote(json.dumps(body).encode(), ["denied"]) == "UNAUTHORIZED"


@pytest.mark.parametrize(
    "text",
    [
        "&amp;%25\\u0041=41" * 200,
        _base64(_base64(b"x" * 900).encode()),
        "41 " * 1000,
        "%" * 5000,
        "1, " * 3000,
    ],
    ids=["escapes", "base64", "numbers", "percent signs", "codes"],
)
def test_a_text_has_no_more_readings_than_are_looked_through(text: str) -> None:
    assert len(readings(text)) <= 64
    assert all(len(reading) <= 3 * LONGEST for reading in readings(text))


@given(st.text(), st.lists(st.text()))
def test_any_text_can_be_searched_for_any_secret(text: str, secrets: list[str]) -> None:
    repeats(text, secrets)


@given(st.text(), st.text(st.characters(categories=["L", "N"]), min_size=8, max_size=40), st.text())
def test_eight_letters_in_a_row_are_recognized(before: str, secret: str, after: str) -> None:
    assert len(folded(secret)) < 8 or repeats(f"{before[:99]}{secret[:8]}{after}", [secret])


@given(st.text(st.characters()))
def test_every_text_can_be_spelled(text: str) -> None:
    assert (text in spellings(text)) == bool(text)
