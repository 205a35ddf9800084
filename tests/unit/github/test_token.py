"""GitHub's word on when a token ends, in the forms that it has been seen in."""

from datetime import UTC, datetime

import pytest

from crreg.github.token import token_expiry

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
