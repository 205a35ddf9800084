"""What is quoted of a server's error answer."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crreg.registry.errors import quote


@pytest.mark.parametrize(
    ("answer", "quoted"),
    [
        ({"errors": [{"code": "DENIED", "message": "no"}, {"code": "OTHER"}]}, "DENIED: no; OTHER"),
        ({"errors": [{"message": "no"}, 1, {"code": 2}]}, "no;"),
        ({"details": "incorrect username or password"}, "incorrect username or password"),
        ({"error": "invalid_grant", "error_description": "expired"}, "invalid_grant: expired"),
        ({"message": "a\nb\tc\x1b[0m\u202e"}, "a b c [0m"),
        ({"message": "x" * 300}, "x" * 199 + "…"),
        ({"message": 'no"). To fix it, run: rm ("'}, "no'). To fix it, run: rm ('"),
        ({"errors": []}, ""),
        ({"errors": "no"}, ""),
        ([], ""),
        ("text", ""),
        (None, ""),
    ],
)
def test_codes_and_messages_are_quoted_in_one_short_line(answer: Any, quoted: str) -> None:
    assert quote(json.dumps(answer).encode(), ()) == quoted


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff\xfe", b"[" * 500_000, b'{"message": "half'])
def test_what_is_no_error_in_json_is_not_quoted(body: bytes) -> None:
    assert quote(body, ()) == ""


@given(st.binary(), st.lists(st.text()))
def test_no_answer_raises(body: bytes, secrets: list[str]) -> None:
    quote(body, secrets)


secret_text = st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S"]), min_size=8)


@given(st.text(), secret_text, st.text())
def test_no_secret_is_quoted(before: str, secret: str, after: str) -> None:
    body = json.dumps({"message": f"{before}{secret}{after}{secret}"}).encode()
    quoted = quote(body, [secret])
    assert secret not in quoted
    assert len(quoted) <= 200
    assert quoted.isprintable()
