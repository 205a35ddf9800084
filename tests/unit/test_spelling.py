"""A server echoes a secret in one of the ways that its language offers: none of them is shown."""

import base64
import html
import json
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.redaction import Redactor
from crreg.registry.errors import quote
from crreg.spelling import spellings

SECRET = "Sup3r$ecret\"P/a&s's<w+o>rd é%"
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


@pytest.mark.parametrize("way", WAYS)
def test_no_echo_of_a_password_is_quoted(way: str) -> None:
    body = json.dumps({"message": f"<{WAYS[way](SECRET)}>"}).encode()
    assert quote(body, [SECRET]).replace("=", "").replace('\\"', "").replace('"', "") == "<***>"


@pytest.mark.parametrize("way", WAYS)
def test_no_echo_of_a_password_stands_in_a_report(way: str) -> None:
    redacted = Redactor([SECRET]).redact(f"<{WAYS[way](SECRET)}>")
    assert redacted.replace("=", "").replace('\\"', "").replace('"', "") == "<***>"


@given(st.text(st.characters()))
def test_every_text_can_be_spelled(text: str) -> None:
    assert (text in spellings(text)) == bool(text)
