"""GitHub's word on when a token ends, in the forms that it has been seen in."""

from datetime import UTC, datetime

import pytest

from crreg.github.token import granted_scopes, token_expiry

HEADER = "github-authentication-token-expiration"


@pytest.mark.parametrize(
    "text", ["2026-12-01 10:00:00 UTC", "2026-12-01 15:00:00 +0500", " 2026-12-01 02:00:00 -0800 "]
)
def test_every_form_is_the_same_moment(text: str) -> None:
    assert token_expiry({HEADER: text}) == datetime(2026, 12, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {HEADER: ""},
        {HEADER: "never"},
        {HEADER: "2026-12-01"},
        {HEADER: "2026-13-41 10:00:00 UTC"},
        {HEADER: "2026-12-01 10:00:00 CET"},
        {HEADER: "0001-01-01 00:00:00 +2300"},
        {HEADER: "\u0662026-12-01 10:00:00 UTC"},
        {HEADER: "9" * 100_000},
        {HEADER: None},
    ],
)
def test_anything_else_tells_nothing(headers: dict[str, str | None]) -> None:
    assert token_expiry(headers) is None


@pytest.mark.parametrize(
    ("headers", "scopes"),
    [
        ({"x-oauth-scopes": "gist, read:org, repo"}, {"gist", "read:org", "repo"}),
        ({"x-oauth-scopes": ""}, set()),
        ({}, None),
        ({"x-oauth-scopes": None}, None),
    ],
)
def test_scopes_are_read_from_the_header(headers: dict[str, str | None], scopes: set[str] | None) -> None:
    assert granted_scopes(headers) == scopes
