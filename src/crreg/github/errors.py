"""Errors for requests to GitHub."""

import enum


class Cause(enum.Enum):
    """The kind of failure, as far as callers distinguish."""

    REFUSED = "refused"
    """The token may not do this, or may not see that it exists (403, 404)."""
    BAD_TOKEN = "bad token"  # noqa: S105 - a cause, no token
    """GitHub does not accept the token (401)."""
    RATE_LIMITED = "rate limited"
    UNREACHABLE = "unreachable"
    """No connection, a timeout, a 5xx, or an answer that is not GitHub's."""
    INVALID = "invalid"
    """GitHub refused what was sent (400, 409, 422)."""


class Reason(enum.Enum):
    """The reason of a failure; each has its own remedy."""

    MALFORMED_TOKEN = "malformed token"  # noqa: S105 - a reason, no token
    """The token contains a line break, a space or another character that tokens never contain."""
    BAD_TOKEN = "bad token"  # noqa: S105 - a reason, no token
    """The token has expired, or was revoked or mistyped (401)."""
    SINGLE_SIGN_ON = "single sign-on"
    """The token is not authorized for the organization's SAML single sign-on."""
    IP_ALLOW_LIST = "IP allow list"
    """The organization admits only listed addresses, and this machine's is not one of them."""
    FREE_PLAN = "free plan"
    """The organization's plan does not include Codespaces secrets."""
    NOT_FOUND = "not found"
    """It does not exist, or the token can't see it (404): GitHub does not distinguish the two."""
    FORBIDDEN = "forbidden"
    """The token may not do this (403)."""
    NO_CA_FILE = "no CA file"
    """An environment variable names a file of certificate authorities that does not exist."""
    RATE_LIMITED = "rate limited"
    UNREACHABLE = "unreachable"
    """No connection, a timeout, a 5xx, or an answer that is not GitHub's."""


_REASONS = {
    Cause.BAD_TOKEN: Reason.BAD_TOKEN,
    Cause.REFUSED: Reason.FORBIDDEN,
    Cause.RATE_LIMITED: Reason.RATE_LIMITED,
}
_NOT_FOUND = 404
_ARCHIVED = "archived so is read-only"
"""GitHub's words for a change in an archived repository, for which it has no code; they occur in public reports:
https://github.com/hub4j/github-api/blob/main/src/main/java/org/kohsuke/github/GHRepository.java"""

_LOCKED = "issue is locked"
"""GitHub's words for a bot's comment on a locked issue: https://github.com/renovatebot/renovate/issues/6215"""


class GitHubError(Exception):
    """A request to GitHub that failed; its text is meant for users and contains no secret values."""

    def __init__(
        self,
        cause: Cause,
        detail: str,
        status: int | None = None,
        reason: Reason | None = None,
        *,
        says: str = "",
        is_too_much: bool = False,
        is_unsent: bool = False,
        wait: float = 0.0,
    ) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail
        self.status = status
        refused = Reason.NOT_FOUND if status == _NOT_FOUND else _REASONS.get(cause, Reason.UNREACHABLE)
        self.reason = reason or refused
        self.says = says
        """GitHub's own words where it refuses; empty if it said nothing."""
        self.is_too_much = is_too_much
        """Whether GitHub gave up on the request or its answer was too large, so that less of it may be answered."""
        self.is_unsent = is_unsent
        """Whether nothing was sent, because the run's time was over."""
        self.wait = wait
        """Seconds after which GitHub asks to send the request again; 0 if it does not ask for that."""

    @property
    def is_archived(self) -> bool:
        """Whether the repository can't be changed, because it is archived."""
        return _ARCHIVED in self.says

    @property
    def is_locked(self) -> bool:
        """Whether an issue's conversation is locked, so that only people may comment on it."""
        return _LOCKED in self.says

    @property
    def lacks_permission(self) -> bool:
        """Whether another permission of the token may help."""
        others = {Reason.SINGLE_SIGN_ON, Reason.IP_ALLOW_LIST}
        refused = self.cause is Cause.REFUSED and self.reason not in others
        return refused and not self.is_archived and not self.is_locked

    @property
    def is_for_later(self) -> bool:
        """Whether nothing is wrong with the request, and a later run may make it."""
        return self.is_unsent or self.cause is Cause.RATE_LIMITED


def not_github(api_url: str) -> GitHubError:
    """Return the error for a response that GitHub's API would not give; `api_url` was asked."""
    return GitHubError(Cause.UNREACHABLE, f"{api_url} returned a response that is not from GitHub's API.")
