"""Rate limits that GitHub keeps, and the failures that a test calls up."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.github.exchange import DOCUMENTATION, Answer
from sandbox.github.identity import Identity, TokenKind

HOUR = 3600
ALLOWANCE = {TokenKind.NONE: 60, TokenKind.WORKFLOW: 1000}
"""Requests an hour, where it is not 5000."""


@dataclass
class Fault:
    """What the next requests get instead of their answer."""

    kind: str
    """`primary`, `secondary` or `status`."""
    requests: int
    """How many are left."""
    status: int
    retry_after: int | None = None
    """Seconds; for a primary limit, until it is reset."""
    path: str = ""
    """What the path must contain."""


@dataclass
class Budget:
    """What one token has used of its hour."""

    holder: str
    """As GitHub names it to the client."""
    limit: int
    reset: int
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests left."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """As every answer tells it."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(self.reset),
            "X-RateLimit-Resource": "core",
        }

    def document(self) -> dict[str, Any]:
        """As `/rate_limit` tells it."""
        return {"limit": self.limit, "used": self.used, "remaining": self.remaining, "reset": self.reset}


@dataclass
class Weather:
    """The faults to come and the budgets in use."""

    faults: list[Fault] = field(default_factory=list)
    budgets: dict[str, Budget] = field(default_factory=dict)

    def budget(self, authorization: str | None, identity: Identity, holder: str) -> Budget:
        """The budget of a token, known by its digest only."""
        key = hashlib.sha256((authorization or "").encode()).hexdigest()
        budget = self.budgets.get(key)
        now = int(time.time())
        if budget is None or budget.reset <= now:
            budget = Budget(holder, ALLOWANCE.get(identity.kind, 5000), now + HOUR)
            self.budgets[key] = budget
        return budget

    def strike(self, path: str, budget: Budget, request_id: str) -> Answer | None:
        """The failure that this request gets, if any."""
        for fault in self.faults:
            if fault.requests > 0 and fault.path in path:
                fault.requests -= 1
                return _failure(fault, budget, request_id)
        return None


def exceeded(budget: Budget, status: int, request_id: str) -> Answer:
    """The answer to a request over the primary limit."""
    message = (
        f"API rate limit exceeded for {budget.holder}. If you reach out to GitHub Support for help, please "
        f"include the request ID {request_id}."
    )
    body = {"message": message, "documentation_url": f"{DOCUMENTATION}/rate-limit", "status": str(status)}
    return Answer(status, body, budget.headers() | {"X-RateLimit-Remaining": "0"})


def _failure(fault: Fault, budget: Budget, request_id: str) -> Answer:
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
