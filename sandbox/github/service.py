"""Processes a request: identify, limit, authorize, handle, validate, record."""

# Assumes GH-DESCRIPTION.

import contextlib
import hashlib
import re
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from sandbox.github import access, credentials, limits
from sandbox.github.description import Description, Unchecked
from sandbox.github.exchange import Answer, Call, RefusalError, Request, not_found
from sandbox.github.gate import Gate
from sandbox.github.graphql import Endpoint
from sandbox.github.identity import ANONYMOUS, Identity, TokenKind
from sandbox.github.journal import Journal
from sandbox.github.routes import ROUTER, Route, Target
from sandbox.github.weather import Budget, Weather, exceeded, too_fast
from sandbox.github.world import World

API_VERSION = "2022-11-28"


@dataclass
class Later:
    """A change that a test wants to happen between two requests."""

    requests: int
    """How many more requests are answered before it."""
    path: str
    """A text that the path of such a request contains."""
    change: Callable[[], object]


class Service:
    """One GitHub, whatever the transport."""

    def __init__(self, description: Description | Unchecked) -> None:
        self.description = description
        self.world = World()
        self.weather = Weather()
        self.journal = Journal()
        self.later: list[Later] = []
        self.lock = threading.RLock()
        self.gate = Gate()
        self._counting = threading.Lock()
        self._number = 0

    def warm_up(self) -> None:
        """Read GitHub's description before the first request needs it."""
        with self.lock:
            self.description.read()

    def reset(self) -> None:
        """Forget everything."""
        self.world, self.weather, self.journal, self.later = World(), Weather(), Journal(), []
        self.gate.open()

    def respond(self, request: Request) -> Answer:
        """Answer one request, once GitHub would have: the work takes time if the limits are enforced."""
        began = time.monotonic()
        with self._present() as number:
            self.gate.pass_through(request.path)
            with self.lock:
                answer = self._answered(request, number)
                speed = self.weather.rules.speed
            time.sleep(max(0.0, answer.seconds / speed - (time.monotonic() - began)))
            return answer

    @contextlib.contextmanager
    def _present(self) -> Iterator[int]:
        """Count the requests that are here at the same time, this one included."""
        with self._counting:
            self._number += 1
            number = self._number
        try:
            yield number
        finally:
            with self._counting:
                self._number -= 1

    def _answered(self, asked: Request, number: int) -> Answer:
        """Handle a request, of `number` at the same time; requests are handled one by one."""
        request = self._by_name(asked)
        identity, refusal = self._identify(request)
        is_graphql = request.path == "/graphql"
        budget = self.weather.budget(self.world, identity, "graphql" if is_graphql else "core")
        request_id = ":".join(uuid.uuid4().hex[:16].upper()[at : at + 4] for at in range(0, 16, 4))
        matched = ROUTER.match(request.method, request.path)
        before = budget.used
        struck = self.weather.strike(request, budget, request_id)
        if struck is not None:
            answer = struck
        elif self.weather.enforced is not None and number > self.weather.rules.concurrent:
            answer = too_fast(403, limits.MINUTE, request_id)
        elif refusal is not None:
            answer = refusal
        else:
            answer = self._carefully(request, identity, matched, budget, request_id)
        answer = _revalidated(request, answer)
        if answer.status == 304 and identity.kind is not TokenKind.NONE:
            # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
            budget.used = before
        answer.headers = {
            **self._headers(identity, matched[0] if matched else None, budget, request_id),
            **_server_headers(request),
            **answer.headers,
        }
        self.journal.record(asked, identity, answer, injected=struck is not None)
        self.journal.count(request, answer, spent=budget.used - before, at_once=number)
        if not is_graphql:
            found = self.description.check(request, answer, injected=struck is not None)
            self.journal.accuse(asked, found)
        self._change(request)
        return answer

    def _by_name(self, request: Request) -> Request:
        """The request with the repository's name, if it names the id, as after a redirect."""
        match = re.fullmatch(r"/repositories/(\d+)(/.*)?", request.path)
        found = self.world.repository_by_id(int(match[1])) if match else None
        if match is None or found is None:
            return request
        return replace(request, path=f"/repos/{found.full_name}{match[2] or ''}")

    def _change(self, request: Request) -> None:
        """Make the changes whose time has come with this request."""
        for each in self.later:
            each.requests -= each.path in request.path
        due = [each for each in self.later if each.requests <= 0]
        self.later = [each for each in self.later if each.requests > 0]
        for each in due:
            each.change()
            self.world.listings.clear()

    def _identify(self, request: Request) -> tuple[Identity, Answer | None]:
        try:
            return credentials.identify(self.world, request.headers.get("authorization")), None
        except RefusalError as refusal:
            return ANONYMOUS, refusal.answer

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
            graphql = self.weather.budget(self.world, identity, "graphql").document()
            resources = {"core": document, "search": document, "graphql": graphql}
            return Answer(200, {"resources": resources, "rate": document})
        if budget.remaining == 0:
            return exceeded(budget, 403, request_id)
        if request.path == "/graphql" and request.method == "POST":
            endpoint = Endpoint(self.world, identity, budget, self.weather, self.journal)
            return endpoint.answer(request, request_id)
        if self.weather.enforced is not None:
            wait = self.weather.enforced.admit(budget.holder, request.method, None)
            if wait:
                return too_fast(403, wait, request_id)
        budget.used += 1
        answer = self._operation(request, identity, matched)
        if self.weather.enforced is not None:
            answer.seconds = self.weather.enforced.seconds(None)
        return answer

    def _version(self, request: Request) -> None:
        # Assumes GH-VERSION.
        if request.headers.get("x-github-api-version", API_VERSION) not in self.description.versions:
            raise RefusalError(400, "The specified API version is not supported.")

    def _operation(
        self, request: Request, identity: Identity, matched: tuple[Route, Mapping[str, str]] | None
    ) -> Answer:
        # Assumes GH-UNDESCRIBED, GH-ENTERPRISE.
        if matched is None:
            raise not_found()
        route, path = matched
        if request.is_for_server and "/codespaces/" in route.template:
            raise not_found()
        if route.need.target is Target.REPOSITORY:
            self._follow(request, identity, f"{path['owner']}/{path['repo']}")
        access.authorize(self.world, identity, route.need, path)
        invalid = self.description.refused_body(request)
        if invalid is not None:
            raise RefusalError(422, invalid)
        return route.handler(Call(self.world, request, identity, path))

    def _follow(self, request: Request, identity: Identity, full_name: str) -> None:
        """Raise a redirect if the repository has another name now.

        Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
        """
        # Assumes GH-RENAME.
        moved = None if self.world.repository(full_name) else self.world.moved(full_name)
        if moved is not None and access.visible(self.world, identity, moved):
            rest = request.path.removeprefix("/repos/").split("/", 2)[2:]
            address = "/".join([f"{request.base}/repositories/{moved.id}", *rest])
            # A write: https://github.com/VirtusLab/git-machete/issues/597
            reads = request.method in {"GET", "HEAD"}
            status, words = (301, "Moved Permanently") if reads else (307, "Temporary Redirect")
            refusal = RefusalError(status, words, Location=address)
            refusal.answer.body["url"] = address
            raise refusal

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


def _server_headers(request: Request) -> dict[str, str]:
    # Assumes GH-ENTERPRISE.
    return {"X-GitHub-Enterprise-Version": "3.18.0"} if request.is_for_server else {}


def _revalidated(request: Request, answer: Answer) -> Answer:
    """The answer with its entity tag, or 304 if the client already has this version."""
    # Assumes GH-ETAG.
    if request.method != "GET" or answer.status != 200 or request.path == "/rate_limit":
        return answer
    tag = f'"{hashlib.sha256(answer.content).hexdigest()}"'
    answer.headers["ETag"] = f"W/{tag}"
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    return Answer(304, headers=answer.headers, seconds=answer.seconds) if tag in known else answer
