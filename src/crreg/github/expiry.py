"""When a token stops working, as GitHub tells with every answer."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_HEADER = "github-authentication-token-expiration"
_FORM = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:UTC|[+-]\d{4})", re.ASCII)


def token_expiry(headers: Mapping[str, Any]) -> datetime | None:
    """The moment in UTC; None where the token has no end, or GitHub does not tell it in a form that it is known to use.

    Both `2026-12-01 10:00:00 UTC` and `2026-12-01 15:00:00 +0500` have been seen. Names of `headers` are in lower case.
    Source: https://github.com/google/go-github/pull/2650
    """
    text = headers.get(_HEADER)
    if not isinstance(text, str) or not _FORM.fullmatch(text.strip()):
        return None
    try:
        moment = datetime.strptime(text.strip().replace("UTC", "+0000"), "%Y-%m-%d %H:%M:%S %z")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
