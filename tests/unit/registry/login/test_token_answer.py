"""Answers of token servers, decoded as docker decodes them."""

import json
from typing import Any

import pytest

from crreg.registry.login.token_answer import InvalidTokenAnswer, NoToken, read_token


@pytest.mark.parametrize(
    ("answer", "token", "lifetime"),
    [
        ({"token": "t"}, "t", 60),
        ({"token": "t", "expires_in": 300}, "t", 300),
        ({"token": "t", "expires_in": 0}, "t", 60),
        ({"token": "t", "expires_in": -5}, "t", 60),
        ({"token": "t", "expires_in": None, "issued_at": None}, "t", 60),
        ({"token": "t", "expires_in": 9_223_372_036_854_775_807}, "t", 86_400),
        ({"token": "t", "access_token": "a"}, "a", 60),
        ({"token": "t", "access_token": ""}, "t", 60),
        ({"Token": "t", "EXPIRES_IN": 90}, "t", 90),
        ({"token": "t", "issued_at": "2026-01-31T12:00:00Z"}, "t", 60),
        ({"token": "t", "issued_at": "2026-01-31T12:00:00.123456789+01:00"}, "t", 60),
        ({"token": "t", "issued_at": "0001-01-01T00:00:00Z"}, "t", 60),
        ({"token": "t", "scope": 5, "other": [1.5, {}]}, "t", 60),
    ],
)
def test_what_docker_decodes_is_read(answer: dict[str, Any], token: str, lifetime: float) -> None:
    found = read_token(json.dumps(answer).encode())
    assert (found.value, found.lifetime) == (token, lifetime)


@pytest.mark.parametrize(
    ("body", "token"),
    [
        (b' \r\n{"token": "t"} and more', "t"),
        (b'{"token": "a", "token": "b"}', "b"),
        (b'{"token": "t", "note": "\xff"}', "t"),
    ],
)
def test_json_is_read_as_go_reads_it(body: bytes, token: str) -> None:
    assert read_token(body).value == token


@pytest.mark.parametrize(
    "answer",
    [
        {"token": "t", "expires_in": "300"},
        {"token": "t", "expires_in": 1.5},
        {"token": "t", "expires_in": 300.0},
        {"token": "t", "expires_in": 1e3},
        {"token": "t", "expires_in": True},
        {"token": "t", "expires_in": [300]},
        {"token": "t", "expires_in": 9_223_372_036_854_775_808},
        {"token": "t", "Expires_In": "300"},
        {"token": "t", "issued_at": 1764000000},
        {"token": "t", "issued_at": ""},
        {"token": "t", "issued_at": "2026-01-31"},
        {"token": "t", "issued_at": "2026-01-31 12:00:00Z"},
        {"token": "t", "issued_at": "2026-01-31T12:00:00"},
        {"token": "t", "issued_at": "2026-01-31t12:00:00z"},
        {"token": "t", "issued_at": "2026-02-30T12:00:00Z"},
        {"token": "t", "issued_at": "2026-01-31T24:00:00Z"},
        {"token": "t", "issued_at": "2026-01-31T12:00:00,5Z"},
        {"token": 5},
        {"token": "t", "access_token": {}},
        {"token": "t", "refresh_token": 1},
        {"token": "two words"},
    ],
)
def test_what_docker_does_not_decode_is_refused_without_quoting_it(answer: dict[str, Any]) -> None:
    with pytest.raises(InvalidTokenAnswer) as raised:
        read_token(json.dumps(answer).encode())
    assert not isinstance(raised.value, NoToken)
    assert "300" not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"null",
        b"[]",
        b'"t"',
        b"{}",
        b"[" * 100_000,
        b'\xef\xbb\xbf{"token": "t"}',
        b'{"token": NaN}',
    ],
)
def test_an_answer_without_a_token_is_told_apart(body: bytes) -> None:
    with pytest.raises(NoToken):
        read_token(body)
