"""Processes a request: identify, limit, authorize, handle, validate, record."""

# Assumes GH-DESCRIPTION.

import hashlib
import json
import threading
import traceback
import uuid
from collections.abc import Mapping

from sandbox.github import access, credentials
from sandbox.github.description import Description, Unchecked
from sandbox.github.exchange import Answer, Call, RefusalError, Request, not_found
from sandbox.github.graphql import answer_graphql
from sandbox.github.identity import ANONYMOUS, Identity, TokenKind
from sandbox.github.journal import Journal
from sandbox.github.routes import ROUTER, Route
from sandbox.github.weather import Budget, Weather, exceeded
from sandbox.github.world import World

API_VERSION = "2022-11-28"


class Service:
    """One GitHub, whatever the transport."""

    def __init__(self, description: Description | Unchecked) -> None:
        self.description = description
        self.world = World()
        self.weather = Weather()
        self.journal = Journal()
        self.lock = threading.RLock()

    def warm_up(self) -> None:
        """Read GitHub's description before the first request needs it."""
        with self.lock:
            self.description.read()

    def reset(self) -> None:
        """Forget everything."""
        self.world, self.weather, self.journal = World(), Weather(), Journal()

    def respond(self, request: Request) -> Answer:
        """Answer one request; requests are handled one at a time."""
        with self.lock:
            identity, refusal = self._identify(request)
            authorization = request.headers.get("authorization")
            budget = self.weather.budget(authorization, identity, self._holder(identity))
            request_id = ":".join(uuid.uuid4().hex[:16].upper()[at : at + 4] for at in range(0, 16, 4))
            matched = ROUTER.match(request.method, request.path)
            struck = self.weather.strike(request.path, budget, request_id)
            if struck is not None:
                answer = struck
            elif refusal is not None:
                answer = refusal
            else:
                answer = self._carefully(request, identity, matched, budget, request_id)
            if _revalidated(request, answer):
                budget.used -= 1
            answer.headers = {
                **self._headers(identity, matched[0] if matched else None, budget, request_id),
                **answer.headers,
            }
            self.journal.record(request, identity, answer, injected=struck is not None)
            if request.path != "/graphql":
                found = self.description.check(request, answer, injected=struck is not None)
                self.journal.accuse(request, found)
            return answer

    def _identify(self, request: Request) -> tuple[Identity, Answer | None]:
        try:
            return credentials.identify(self.world, request.headers.get("authorization")), None
        except RefusalError as refusal:
            return ANONYMOUS, refusal.answer

    def _holder(self, identity: Identity) -> str:
        """The owner of the rate limit that a request counts against, in GitHub's words."""
        person = self.world.account(identity.owner or "")
        if person is not None:
            return f"user ID {person.id}"
        return (
            "127.0.0.1" if identity.kind is TokenKind.NONE else f"installation of {identity.resource_owner}"
        )

    def _carefully(
        self,
        request: Request,
        identity: Identity,
        matched: tuple[Route, Mapping[str, str]] | None,
        budget: Budget,
        request_id: str,
    ) -> Answer:
        """Always answer: an internal error is recorded as a violation, which fails the test."""
        try:
            return self._handle(request, identity, matched, budget, request_id)
        except RefusalError as refusal:
            return refusal.answer
        except Exception:  # noqa: BLE001 - after any error, the client needs an answer and the test a reason
            self.journal.accuse(request, [f"the sandbox failed: {traceback.format_exc()}"])
            return Answer(500, {"message": "Server Error"})

    def _handle(
        self,
        request: Request,
        identity: Identity,
        matched: tuple[Route, Mapping[str, str]] | None,
        budget: Budget,
        request_id: str,
    ) -> Answer:
        # Assumes GH-LIMIT-PRIMARY.
        self._version(request)
        if request.path == "/rate_limit" and request.method == "GET":
            document = budget.document()
            return Answer(200, {"resources": {"core": document, "search": document}, "rate": document})
        if budget.remaining == 0:
            return exceeded(budget, 403, request_id)
        budget.used += 1
        if request.path == "/graphql" and request.method == "POST":
            return answer_graphql(self.world, identity, request, self.journal)
        return self._operation(request, identity, matched)

    def _version(self, request: Request) -> None:
        # Assumes GH-VERSION.
        if request.headers.get("x-github-api-version", API_VERSION) not in self.description.versions:
            raise RefusalError(400, "The specified API version is not supported.")

    def _operation(
        self, request: Request, identity: Identity, matched: tuple[Route, Mapping[str, str]] | None
    ) -> Answer:
        # Assumes GH-UNDESCRIBED.
        if matched is None:
            raise not_found()
        route, path = matched
        access.authorize(self.world, identity, route.need, path)
        invalid = self.description.refused_body(request)
        if invalid is not None:
            raise RefusalError(422, invalid)
        return route.handler(Call(self.world, request, identity, path))

    def _headers(
        self, identity: Identity, route: Route | None, budget: Budget, request_id: str
    ) -> dict[str, str]:
        # Assumes GH-TOKEN-HEADERS.
        headers = {
            "Server": "github.com",
            "X-GitHub-Request-Id": request_id,
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Api-Version-Selected": API_VERSION,
            "Cache-Control": "private, max-age=60, s-maxage=60",
            "Vary": "Accept, Authorization, Cookie, X-GitHub-OTP",
            **budget.headers(),
        }
        if identity.kind is TokenKind.CLASSIC:
            headers["X-OAuth-Scopes"] = ", ".join(sorted(identity.scopes))
            headers["X-Accepted-OAuth-Scopes"] = ", ".join(sorted(route.need.scopes)) if route else ""
        elif identity.kind is not TokenKind.NONE and route is not None:
            permission = route.need.permission or "metadata"
            headers["X-Accepted-GitHub-Permissions"] = f"{permission}={route.need.level}"
        if identity.expires_at is not None:
            expiry = identity.expires_at.strftime("%Y-%m-%d %H:%M:%S UTC")
            headers["GitHub-Authentication-Token-Expiration"] = expiry
        return headers


def _revalidated(request: Request, answer: Answer) -> bool:
    """Add the entity tag, and answer 304, which is free, if the client already has this version."""
    # Assumes GH-ETAG.
    if request.method != "GET" or answer.status != 200 or request.path == "/rate_limit":
        return False
    digest = hashlib.sha256(json.dumps(answer.body, sort_keys=True).encode()).hexdigest()
    answer.headers["ETag"] = f'W/"{digest}"'
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if f'"{digest}"' not in known:
        return False
    answer.status, answer.body = 304, None
    return True
