"""GitHub's GraphQL API: queries, and what failed of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crreg.github.client import GitHub
from crreg.github.errors import Cause, GitHubError, Reason, not_github
from crreg.github.pacing import Allowance, Api

_RATE_LIMITED = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
TOO_MUCH = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"})
"""The types of errors that a smaller query may avoid. GitHub's pages list no types; these occur in public reports."""
_GAVE_UP = "something went wrong while executing your query"
"""How GitHub's message starts when a query took too long, which has no type.

Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api ("Timeouts")
"""


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why a part of an answer is missing."""

    path: tuple[str | int, ...]
    """The place in the data; empty if GitHub names none."""
    type: str
    """GitHub's word, such as `NOT_FOUND`; empty if it has none."""
    message: str
    """GitHub's words as far as they can be quoted; they may contain any text."""

    @property
    def is_too_much(self) -> bool:
        """Whether a smaller query may avoid it."""
        return self.type in TOO_MUCH or self.message.lower().startswith(_GAVE_UP)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query; parts of the data may be missing."""

    data: Mapping[str, Any]
    errors: tuple[FieldError, ...] = ()

    def error_below(self, *path: str | int) -> FieldError | None:
        """Return the first error at a place of the data, below it, or above it; None if there is none."""
        for error in self.errors:
            both = min(len(error.path), len(path))
            if error.path[:both] == path[:both]:
                return error
        return None


class GraphQL:
    """A client for queries; safe to use from several threads."""

    def __init__(self, github: GitHub) -> None:
        self.rest = github
        """The client whose token and connections this uses."""

    @property
    def allowance(self) -> Allowance | None:
        """What is left of the hour's limit for queries; None if it is not known."""
        return self.rest.pacing.allowance(Api.GRAPHQL) if self.rest.pacing else None

    def query(self, document: str, variables: Mapping[str, Any]) -> Answer:
        """Run a query. Names and paths belong into the variables, never into the document.

        Raises:
            GitHubError: there is no data at all; with `is_too_much`, a smaller query may have some.
        """
        body = self.rest.query(document, variables)
        if not isinstance(body, dict):
            raise not_github(self.rest.api_url)
        errors = self._errors(body.get("errors") or [])
        limited = next((error for error in errors if error.type in _RATE_LIMITED), None)
        if limited is not None:
            if self.rest.pacing is not None:
                self.rest.pacing.gave_up = True
            raise GitHubError(Cause.RATE_LIMITED, f"GitHub's rate limit is used up{self._reset()}.")
        data = body.get("data")
        if isinstance(data, dict):
            return Answer(data, errors)
        if not errors:
            raise not_github(self.rest.api_url)
        raise _refusal(errors)

    def _errors(self, listed: Any) -> tuple[FieldError, ...]:
        if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
            raise not_github(self.rest.api_url)
        return tuple(self._error(each) for each in listed)

    def _error(self, error: Mapping[str, Any]) -> FieldError:
        path, kind, message = error.get("path"), error.get("type"), error.get("message")
        is_path = isinstance(path, list) and all(isinstance(part, str | int) for part in path)
        return FieldError(
            tuple(path) if is_path and isinstance(path, list) else (),
            kind if isinstance(kind, str) else "",
            self.rest.quotable(message) if isinstance(message, str) else "",
        )

    def _reset(self) -> str:
        allowance = self.allowance
        return f" until {allowance.resets_at:%H:%M} UTC" if allowance else ""


def _refusal(errors: tuple[FieldError, ...]) -> GitHubError:
    error = errors[0]
    quoted = f' ("{error.message}")' if error.message else ""
    if any(each.is_too_much for each in errors):
        return GitHubError(Cause.UNREACHABLE, f"GitHub gave up on a query{quoted}.", is_too_much=True)
    return GitHubError(
        Cause.REFUSED, f"GitHub refused a query{quoted}.", reason=Reason.FORBIDDEN, says=error.message
    )
