"""Why GitHub gave no answer that can be used."""

import enum


class Cause(enum.Enum):
    """What kind of failure it was, as far as a caller decides by it."""

    REFUSED = "refused"
    """The token may not do this, or may not see that it exists (403, 404)."""
    BAD_TOKEN = "bad token"  # noqa: S105 - a cause, no token
    """GitHub does not accept the token (401)."""
    RATE_LIMITED = "rate limited"
    UNREACHABLE = "unreachable"
    """No connection, a timeout, a 5xx, or an answer that is not GitHub's."""
    INVALID = "invalid"
    """GitHub refused what was sent (400, 409, 422)."""


class GitHubError(Exception):
    """A request to GitHub that failed; its text is for a person and holds no value of a secret."""

    def __init__(self, cause: Cause, detail: str, status: int | None = None) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.status = status
