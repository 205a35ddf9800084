"""Where a run asks: it records each answer, and announces to the journal what it creates."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from nacl.public import PublicKey, SealedBox

from live.journal import Journal, Thing
from live.shapes import Observation, observe
from live.web import Answered, Asked, Send, UnansweredError

API_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_MOST_REPEATS = 5
_IDS = re.compile(r"sha256:[0-9a-f]{64}|\d{3,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PartEndedError(Exception):
    """A part of the scenario can't go on; what it would have asked stays unproven."""


@dataclass(frozen=True, slots=True)
class Services:
    """The addresses of the services, without a slash at the end."""

    api: str = "https://api.github.com"
    ghcr: str = "https://ghcr.io"
    hub: Mapping[str, str] = field(
        default_factory=lambda: {
            name: f"https://{name}" for name in ("docker.io", "index.docker.io", "registry-1.docker.io")
        }
    )
    """Docker Hub's registry, by the name that it is known by."""
    hub_tokens: str = "https://auth.docker.io"
    """The origin of Docker Hub's token server."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The account that a run works in."""

    login: str
    is_organization: bool

    @property
    def packages(self) -> str:
        """The beginning of the paths of its packages."""
        return f"/{'orgs' if self.is_organization else 'users'}/{self.login}/packages/container"


@dataclass(slots=True)
class Record:
    """What a run saw."""

    observations: dict[str, Observation] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Method and path of each step, with placeholders for names and ids."""
    unanswered: dict[str, str] = field(default_factory=dict)
    """Steps without an answer, and why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One run: what it asks with, and what it saw so far."""

    send: Send
    services: Services
    owner: Owner
    person: str
    """The login of the token's owner."""
    token: str = field(repr=False)
    journal: Journal
    pause: Callable[[], None]
    """Wait before a workflow is looked at again."""
    say: Callable[[str], None] = lambda _: None
    record: Record = field(default_factory=Record)

    @property
    def run(self) -> str:
        """The random part of every name."""
        return self.journal.target.run

    @property
    def bearer(self) -> str:
        """The Authorization header of the run's own token."""
        return f"Bearer {self.token}"

    @property
    def basic(self) -> str:
        """The same for a registry."""
        return basic(self.person, self.token)

    def api(
        self,
        step: str,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        authorization: str | None = "",
        headers: Mapping[str, str] | None = None,
        facts: Callable[[Any], Mapping[str, int | bool]] = lambda _: {},
        patient: bool = False,
    ) -> Answered:
        """Ask GitHub's API; `authorization` is the run's own unless given, and None sends none.

        `patient`: ask again, a few times, while GitHub does not know yet what was just created.
        """
        own = self.bearer if authorization == "" else authorization
        sent = {
            **API_HEADERS,
            **({"Authorization": own} if own else {}),
            **({"Content-Type": "application/json"} if body is not None else {}),
            **(headers or {}),
        }
        content = b"" if body is None else json.dumps(body).encode()
        asked = Asked(method, self.services.api + path, sent, content)
        answered = self.ask(step, asked, facts)
        for _ in range(_MOST_REPEATS if patient else 0):
            if answered.status != HTTPStatus.NOT_FOUND:
                break
            self.pause()
            answered = self.ask(step, asked, facts)
        return answered

    def ask(
        self, step: str, asked: Asked, facts: Callable[[Any], Mapping[str, int | bool]] = lambda _: {}
    ) -> Answered:
        """Send a request and record its answer; raises PartEndedError without one."""
        self.say(step)
        self.record.requests[step] = f"{asked.method} {self._anonymous(asked.url)}"
        try:
            answered = self.send(asked)
        except UnansweredError as error:
            self.record.unanswered[step] = str(error)
            raise PartEndedError(step) from None
        try:
            seen = facts(answered.document)
        except (KeyError, TypeError, AttributeError):
            seen = {}
        self.record.observations[step] = observe(answered, **seen)
        return answered

    def note(self, step: str, facts: Mapping[str, int | bool]) -> None:
        """Record numbers that are no answer's own."""
        self.record.requests[step] = "the log of the workflow"
        self.record.observations[step] = Observation(0, {}, (), facts)

    def create(self, thing: Thing, absent: Answered, request: Callable[[], Answered]) -> Answered:
        """Create something that is known not to exist; it is in the journal before and after.

        Raises:
            PartEndedError: it may exist already, and then it is not the run's to delete.
        """
        if absent.status != HTTPStatus.NOT_FOUND:
            raise PartEndedError(f"{thing.kind} {thing.name}")
        self.journal.intend(thing)
        answered = request()
        document = answered.document
        identifier = document.get("id") if isinstance(document, dict) else None
        self.journal.created(thing, identifier if isinstance(identifier, int) else None)
        return answered

    def thing(self, kind: Any, name: str, identifier: int | None = None) -> Thing:
        """Something of the run's owner, or of its person."""
        return Thing(kind, self.person if kind == "user-secret" else self.owner.login, name, identifier)

    def with_token(self, person: str, token: str) -> "Stage":
        """The same run with another token."""
        return replace(self, person=person, token=token)

    def _anonymous(self, url: str) -> str:
        for place, text in (
            (self.services.api, ""),
            (self.services.ghcr, "ghcr.io"),
            (self.services.hub_tokens, "auth.docker.io"),
            *((address, name) for name, address in self.services.hub.items()),
        ):
            if url.startswith(place):
                url = text + url.removeprefix(place)
                break
        path = url.partition("?")[0]
        for name, text in ((self.run, "RUN"), (self.run.upper(), "RUN"), (self.owner.login, "OWNER")):
            path = path.replace(name, text)
        return _IDS.sub("ID", path.replace(self.person, "PERSON"))


def basic(user: str, password: str) -> str:
    """The header of Basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def sealed(key: Answered, value: str) -> dict[str, str]:
    """The value in the form that GitHub stores, for the store whose public key was answered.

    Raises:
        PartEndedError: the answer has no key.
    """
    document = key.document
    try:
        box = SealedBox(PublicKey(base64.b64decode(document["key"], validate=True)))
        encrypted = base64.b64encode(box.encrypt(value.encode())).decode()
        return {"encrypted_value": encrypted, "key_id": str(document["key_id"])}
    except (KeyError, TypeError, ValueError):
        raise PartEndedError("the public key") from None


def number(answered: Answered, key: str) -> int:
    """A number of an answer; raises PartEndedError if it has none."""
    document = answered.document
    value = document.get(key) if isinstance(document, dict) else None
    if not isinstance(value, int):
        raise PartEndedError(key)
    return value
