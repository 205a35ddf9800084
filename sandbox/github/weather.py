"""GitHub's rate limits in use, and failures injected by a test."""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.github import limits
from sandbox.github.exchange import DOCUMENTATION, Answer, Request
from sandbox.github.identity import Identity
from sandbox.github.limits import HOUR, Enforced, Rules
from sandbox.github.world import World

IN_TIME = (
    "We couldn't respond to your request in time. Sorry about that. Please try resubmitting your request and "
    "contact us if the problem persists."
)
"""The message of a timeout; GitHub's page of limits documents how it begins."""
NGINX = "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>"
"""What the server in front of GitHub's answers itself.

Source: https://github.com/turbot/steampipe-plugin-github/issues/518
"""
REASONS = {502: "502 Bad Gateway", 503: "503 Service Unavailable", 504: "504 Gateway Time-out"}


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
    html: bool = False
    """Whether the answer is a page of the server in front."""


@dataclass
class Budget:
    """The requests, or the points of GraphQL, that one holder has used in the current hour."""

    holder: str
    """Who the limit belongs to, in the words of GitHub's messages."""
    limit: int
    reset: float
    """By GitHub's clock."""
    used: int = 0
    resource: str = "core"
    """`core` for REST or `graphql`; each has a limit of its own."""

    @property
    def remaining(self) -> int:
        """Requests or points left."""
        return max(0, self.limit - self.used)

    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(math.ceil(self.reset)),
            "X-RateLimit-Resource": self.resource,
        }

    def document(self) -> dict[str, Any]:
        """The object in the answer of `/rate_limit`."""
        return {
            "limit": self.limit,
            "used": self.used,
            "remaining": self.remaining,
            "reset": math.ceil(self.reset),
        }


@dataclass
class Weather:
    """The pending faults and the rate limits in use."""

    faults: list[Fault] = field(default_factory=list)
    heaviest: int | None = None
    """The most objects that a GraphQL query may ask for before it times out; None for any number."""
    most_repositories: int | None = None
    """The repositories after which a GraphQL query has used up its resources; None for any number."""
    enforced: Enforced | None = None
    """The secondary limits; None if there are none."""
    rules: Rules = field(default_factory=Rules)
    budgets: dict[tuple[str, str], Budget] = field(default_factory=dict)

    def enforce(self, rules: Rules) -> None:
        """Enforce the secondary limits from now on, and forget what has been used."""
        self.rules, self.enforced = rules, Enforced(rules)
        self.budgets.clear()

    def now(self) -> float:
        """The time by GitHub's clock."""
        return time.time() + self.rules.skew

    def budget(self, world: World, identity: Identity, resource: str) -> Budget:
        """The primary limit of a token."""
        holder = limits.holder(world, identity)
        budget = self.budgets.get((holder, resource))
        if budget is None or budget.reset <= self.now():
            limit = self.rules.primary or limits.allowance(world, identity, resource)
            budget = Budget(holder, limit, self.now() + HOUR / self.rules.speed, resource=resource)
            self.budgets[holder, resource] = budget
        return budget

    def strike(self, request: Request, budget: Budget, request_id: str) -> Answer | None:
        """The failure for this request, if any."""
        for fault in self.faults:
            if fault.requests > 0 and fault.path in request.path:
                fault.requests -= 1
                return self._failure(fault, budget, request_id)
        return None

    def _failure(self, fault: Fault, budget: Budget, request_id: str) -> Answer:
        # Assumes GH-LIMIT-SECONDARY, GH-SERVER-ERROR.
        if fault.kind == "primary":
            answer = exceeded(budget, fault.status, request_id)
            if fault.retry_after is not None:
                answer.headers["X-RateLimit-Reset"] = str(int(self.now()) + fault.retry_after)
            return answer
        if fault.kind == "secondary":
            return too_fast(fault.status, fault.retry_after, request_id)
        headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        if fault.html:
            return Answer(fault.status, NGINX.format(REASONS[fault.status]), headers)
        message = IN_TIME if fault.status in (502, 504) and budget.resource == "graphql" else "Server Error"
        return Answer(fault.status, {"message": message}, headers)


def exceeded(budget: Budget, status: int, request_id: str) -> Answer:
    """The answer to a request over the primary limit; `status` is for REST, GraphQL answers 200."""
    # Assumes GH-LIMIT-PRIMARY.
    headers = budget.headers() | {"X-RateLimit-Remaining": "0"}
    if budget.resource == "graphql":
        # The form: https://github.com/yanyongyu/githubkit/issues/271. It was `RATE_LIMITED`, with the words of REST,
        # until 2025: https://github.com/renovatebot/renovate/issues/21861
        message = f"API rate limit already exceeded for {budget.holder}."
        error = {"type": "RATE_LIMIT", "code": "graphql_rate_limit", "message": message}
        return Answer(200, {"errors": [error]}, headers, is_limited=True)
    message = (
        f"API rate limit exceeded for {budget.holder}. If you reach out to GitHub Support for help, please "
        f"include the request ID {request_id}."
    )
    body = {"message": message, "documentation_url": f"{DOCUMENTATION}/rate-limit", "status": str(status)}
    return Answer(status, body, headers, is_limited=True)


def too_fast(status: int, retry_after: int | None, request_id: str) -> Answer:
    """The answer to a request over a secondary limit, of REST and GraphQL alike.

    GraphQL's: https://github.com/fpicalausa/remove-stale-branches/issues/22
    """
    # Assumes GH-LIMIT-SECONDARY.
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If "
        f"you reach out to GitHub Support for help, please include the request ID {request_id}."
    )
    address = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
    return Answer(
        status,
        {"message": message, "documentation_url": f"{address}#about-secondary-rate-limits"},
        {} if retry_after is None else {"Retry-After": str(retry_after)},
        is_limited=True,
    )
