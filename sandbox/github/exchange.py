"""Values of HTTP requests and answers."""

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.github.identity import Identity
from sandbox.github.world import World

DOCUMENTATION = "https://docs.github.com/rest"
ENTERPRISE = "/api/v3"
"""Where a GitHub Enterprise Server has its API."""


@dataclass(frozen=True)
class Request:
    """An HTTP request, with its path as api.github.com would see it."""

    method: str
    path: str
    """As sent, still percent-encoded; without the prefix of a GitHub Enterprise Server."""
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)
    base: str
    """The address of the API's root that the client used."""

    @property
    def is_for_server(self) -> bool:
        """Whether the client asks a GitHub Enterprise Server."""
        return self.base.endswith(ENTERPRISE)


@dataclass
class Answer:
    """The answer of a handler."""

    status: int
    body: Any = None
    """The body, sent as JSON, or as HTML if it is text; None for no body."""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long it takes GitHub to answer, by GitHub's clock."""
    is_limited: bool = False
    """Whether a rate limit refuses the request."""

    @functools.cached_property
    def content(self) -> bytes:
        """The body as it is sent, once it is final."""
        if self.body is None:
            return b""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class RefusalError(Exception):
    """An error answer in GitHub's format."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        # Assumes GH-DESCRIPTION.
        super().__init__(message)
        body = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        self.answer = Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


def not_found() -> RefusalError:
    """The resource does not exist, or this token can't see it."""
    # Assumes GH-UNDESCRIBED.
    return RefusalError(404, "Not Found")


@dataclass(frozen=True)
class Call:
    """A request with its handler's route."""

    world: World
    request: Request
    identity: Identity
    path: Mapping[str, str]
    """The values of the template's parameters, decoded."""

    @property
    def full_name(self) -> str:
        """`owner/name` of the repository in the path."""
        return f"{self.path['owner']}/{self.path['repo']}"

    def document(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        # Assumes GH-UNDESCRIBED.
        try:
            document = json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise RefusalError(400, "Problems parsing JSON") from error
        if not isinstance(document, dict):
            raise RefusalError(400, "Body should be a JSON object")
        return document
