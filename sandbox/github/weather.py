"""GitHub's rate limits, and failures injected by a test."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.github.exchange import DOCUMENTATION, Answer
from sandbox.github.identity import Identity, TokenKind

HOUR = 3600
ALLOWANCE = {TokenKind.NONE: 60, TokenKind.WORKFLOW: 1000}
"""Requests an hour, by kind of token, if not 5000."""


@dataclass
class Fault:
    """A failure that replaces the answer to the next requests."""

    kind: str
    """`primary`, `secondary` or `status`."""
    requests: int
    """The remaining number of failures."""
    status: int
    retry_after: int | None = None
    """Seconds; for a primary limit, until it is reset."""
    path: str = ""
    """A text that the path must contain."""


@dataclass
class Budget:
    """The requests that one token has used in the current hour."""

    holder: str
    """The name of the limit in GitHub's headers."""
    limit: int
    reset: int
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests left."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(self.reset),
            "X-RateLimit-Resource": "core",
        }

    def document(self) -> dict[str, Any]:
        """The object in the answer of `/rate_limit`."""
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}


@dataclass
class Weather:
    """The pending faults and the rate limits in use."""

    faults: list[Fault] = field(default_factory=list)
    budgets: dict[str, Budget] = field(default_factory=dict)

    def budget(self, authorization: str | None, identity: Identity, holder: str) -> Budget:
        """The rate limit of a token, stored under the token's digest."""
        key = hashlib.sha256((authorization or "").encode()).hexdigest()
        budget = self.budgets.get(key)
        now = int(time.time())
        if budget is None or budget.reset <= now:
            budget = Budget(holder, ALLOWANCE.get(identity.kind, 5000), now + HOUR)
            self.budgets[key] = budget
        return budget

    def strike(self, path: str, budget: Budget, request_id: str) -> Answer | None:
        """The failure for this request, if any."""
        for fault in self.faults:
            if fault.requests > 0 and fault.path in path:
                fault.requests -= 1
                return _failure(fault, budget, request_id)
        return None


def exceeded(budget: Budget, status: int, request_id: str) -> Answer:
    """The answer to a request over the primary limit."""
    # Assumes GH-LIMIT-PRIMARY.
    message = (
        f"API rate limit exceeded for {budget.holder}. If you reach out to GitHub Support for help, please "
        f"include the request ID {request_id}."
    )
    body = {"message": message, "documentation_url": f"{DOCUMENTATION}/rate-limit", "status": str(status)}
    return Answer(status, body, budget.headers() | {"X-RateLimit-Remaining": "0"})


def _failure(fault: Fault, budget: Budget, request_id: str) -> Answer:
    # Assumes GH-LIMIT-SECONDARY, GH-SERVER-ERROR.
    if fault.kind == "primary":
        answer = exceeded(budget, fault.status, request_id)
        if fault.retry_after is not None:
            answer.headers["X-RateLimit-Reset"] = str(int(time.time()) + fault.retry_after)
        return answer
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    if fault.kind == "secondary":
        message = (
            "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If "
            f"you reach out to GitHub Support for help, please include the request ID {request_id}."
        )
        address = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
        return Answer(
            fault.status,
            {"message": message, "documentation_url": f"{address}#about-secondary-rate-limits"},
            headers,
        )
    return Answer(fault.status, {"message": "Server Error"}, headers)
